package paths

// InboxTab is one of the lists of the approver's inbox.
type InboxTab string

const (
	NeedsMe InboxTab = "" // what waits for a decision and that the person may take
	Team    InboxTab = "team"
	Decided InboxTab = "decided"
)

// InboxRoot is the inbox's address without a tab, for registering the handler.
const InboxRoot = "/inbox"

// Inbox lists the approvals of a tab.
func Inbox(tab InboxTab) string { return withQuery(InboxRoot, "tab", string(tab)) }

// InboxLive is the event stream of a tab of the inbox.
func InboxLive(tab InboxTab) string { return withQuery(InboxRoot+"/live", "tab", string(tab)) }

// InboxAfter is a later page of a tab.
func InboxAfter(tab InboxTab, after string) string {
	return withQuery(InboxRoot, "tab", string(tab), "after", after)
}

// InboxLiveAfter is the event stream of a later page of a tab.
func InboxLiveAfter(tab InboxTab, after string) string {
	return withQuery(InboxRoot+"/live", "tab", string(tab), "after", after)
}

// Approval is the decision page of one approval.
func Approval(approvalID string) string { return join(InboxRoot, approvalID) }

// ApprovalLive is the event stream of a decision page.
func ApprovalLive(approvalID string) string { return Approval(approvalID) + "/live" }

// ApprovalDecide is POST decision ("approve" or "reject") and comment.
func ApprovalDecide(approvalID string) string { return Approval(approvalID) + "/decision" }

// APIApprovalDecide is POST {"decision":"approve"|"reject","comment":…}.
func APIApprovalDecide(approvalID string) string { return APIApproval(approvalID) + "/decision" }

// APIApproval shows one approval as JSON.
func APIApproval(approvalID string) string { return join(APIApprovals, approvalID) }
