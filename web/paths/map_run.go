package paths

// MapRuns begins the addresses of Map Runs; there is no list of all.
const MapRuns = "/map-runs"

// MapRun is the page of one Map Run. Its key is the tail of its ARN, MACHINE/LABEL:ID.
func MapRun(key string) string { return join(MapRuns, key) }

// MapRunView is that page with the list of child executions narrowed to a status, from a cursor on.
func MapRunView(key, status, after string) string {
	return withQuery(MapRun(key), "status", status, "after", after)
}

// MapRunViewLive is the event stream of that view.
func MapRunViewLive(key, status, after string) string {
	return withQuery(MapRun(key)+"/live", "status", status, "after", after)
}
