package strategy

// need is how many of n pods carry weight percent of the traffic: rounded up, at least one.
func need(n, weight int) int {
	return max(1, (n*weight+99)/100)
}
