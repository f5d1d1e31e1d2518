package stories

// operatorStories are the pages of operators and administrators.
func operatorStories() []Story {
	return executionStories()
}
