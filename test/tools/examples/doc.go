// Package examples checks what examples/terraform and examples/compose say, by the code of the programs that read them. It starts neither.
package examples
