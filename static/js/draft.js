// What was typed into a long form (data-draft: the address of its page) survives a session that
// ended meanwhile: it is kept in this tab from the moment the form is sent until another page than
// the sign-in page answers.
const draftKey = "draft";
const draftFields = (form) => [...form.elements].filter((e) => e.name && e.name !== "_csrf" && e.type !== "submit");
const draftValue = (e) => (e.type === "checkbox" || e.type === "radio" ? e.checked : e.value);

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  const values = draftFields(form).map((e) => [e.name, draftValue(e)]);
  try { sessionStorage.setItem(draftKey, JSON.stringify({ page: form.dataset.draft, values })); } catch { /* too long: nothing is kept */ }
});

const putBack = (form, draft) => {
  const values = new Map(draft.values);
  for (const e of draftFields(form)) {
    if (!values.has(e.name)) continue;
    if (typeof values.get(e.name) === "boolean") e.checked = values.get(e.name);
    else e.value = values.get(e.name);
  }
  const note = document.querySelector("[data-draft-note]");
  if (note) note.hidden = false;
};

const takeDraft = () => {
  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(draftKey));
    if (draft && location.pathname === "/signin") {
      draft.signedOut = true;
      sessionStorage.setItem(draftKey, JSON.stringify(draft));
      return;
    }
    sessionStorage.removeItem(draftKey);
    if (!draft?.signedOut) return; // the form has been answered
    const form = [...document.querySelectorAll("form[data-draft]")].find((f) => f.dataset.draft === draft.page);
    if (form) return putBack(form, draft);
    if (draft.led) return; // to a page that whoever signed in may not see
    draft.led = true;
    sessionStorage.setItem(draftKey, JSON.stringify(draft));
    location.replace(draft.page);
  } catch { /* nothing is kept */ }
};
takeDraft();
