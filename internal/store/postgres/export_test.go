package postgres

// DrawStatement is how a node draws positions.
func DrawStatement() string {
	e, err := engine()
	if err != nil {
		panic(err)
	}
	return e.Shared.Draw
}
