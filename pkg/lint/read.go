package lint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Input is one file with manifests.
type Input struct {
	// Source is the file's name.
	Source string
	Data   []byte
}

// Stdin is the path that stands for the standard input.
const Stdin = "-"

// Read reads files, the YAML and JSON files of directories, and the standard input, in the order of paths. It returns what could be read
// beside the error that says what could not.
func Read(paths []string, stdin io.Reader) ([]Input, error) {
	var inputs []Input
	var problems []error
	add := func(source string, data []byte, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", source, err))
			return
		}
		inputs = append(inputs, Input{Source: source, Data: data})
	}
	for _, path := range paths {
		if path == Stdin {
			data, err := io.ReadAll(stdin)
			add("standard input", data, err)
			continue
		}
		files, err := filesOf(path)
		if err != nil {
			problems = append(problems, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			add(file, data, err)
		}
	}
	return inputs, errors.Join(problems...)
}

// filesOf are the manifests under a path; a file that is named itself is one, whatever its name.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)) {
			files = append(files, file)
		}
		return nil
	})
	return files, err
}
