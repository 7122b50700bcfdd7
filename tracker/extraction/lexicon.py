"""Word tables of the extraction: forms of verbs and small words. Generic English, no names of products."""

# ruff: noqa: SIM905, E501 - tables of words are read more easily in this form

import re

BASE_VERBS = """
accelerate accept achieve acknowledge act activate adapt add address adjust adopt advise alert align allocate allow
analyse analyze announce apply appoint archive arrange ask assemble assert assess assign assist attach audit augment
authenticate authorize automate avoid await backport backup balance ban batch begin benchmark block boost bound
build bump bypass cache calculate call cancel cap capture catch centralize change check choose circulate clarify
classify clean cleanup clear close coach collect combine commit communicate compare complete conduct configure
confirm connect consider consolidate contact contain continue contribute control convert coordinate copy correct
correlate cover create cut debug decide declare decommission decouple decrease default define delegate delete
deliver demand deploy deprecate describe design detect determine develop diagnose disable disallow discuss display
distribute document double downgrade draft drain drill drop edit educate eliminate emit enable encourage encrypt
enforce engage enhance enlarge ensure escalate establish evaluate examine exclude execute expand experiment explain
explore expose extend extract fail file filter finalize find finish fix flag flush focus follow force formalize
formulate freeze gate gather generate get give grant group guarantee guard handle harden have help hire hold
identify ignore implement improve include incorporate increase inform initialize initiate inject insert inspect
install instruct instrument integrate introduce invalidate investigate invest invite involve isolate issue join keep
label launch learn leave leverage limit link lint list load lock log look lower maintain make manage mandate map
mark measure merge migrate minimize mirror mitigate mock modernize modify monitor move mute negotiate normalize
notify obtain offer onboard open optimize order organize overhaul pair parallelize parse participate patch perform
persist pin plan poll populate post postpone practice prepare prevent prioritize probe process promote prompt
propagate propose protect prove provide provision prune publish pull purchase purge push put query queue quarantine
raise rate rebase rebuild recalculate recheck recommend reconcile reconfigure reconsider record recover recreate
redact redeploy redesign redirect reduce refactor refine refresh refund register regenerate reimplement reinforce
reinstall reissue reject release relocate rely remediate remind remove rename render renew reorganize replace replay
replicate report reproduce request require research reset reschedule resize resolve resubmit respond restart restore
restrict restructure resume retain retest retire retrain retry return reuse revert review revise revisit revoke
rework rewrite roll rollback rotate route run safeguard sanitize save scale scan schedule scope scrub search seal
secure seek select send separate serialize serve set setup share shift ship show shut shutdown sign simplify
simulate skip snapshot solve sort specify split stabilize staff stage stagger standardize start stop store
streamline strengthen stress strip structure study submit subscribe substitute support suppress survey suspend
switch sync synchronize tag take talk teach terminate test think throttle tidy tighten touch trace track train
transfer transform transition translate treat trigger trim troubleshoot tune turn unblock understand undo unify
uninstall unlock unpin update upgrade upload use utilize vacuum validate verify version visit wait warn watch
whitelist widen wipe wire work wrap write
""".split()
IRREGULAR = {
    "begin": "began begun", "build": "built", "catch": "caught", "choose": "chose chosen", "cut": "cut",
    "draw": "drew drawn", "find": "found", "freeze": "froze frozen", "get": "got gotten", "give": "gave given",
    "have": "had", "hold": "held", "keep": "kept", "leave": "left", "learn": "learned learnt", "make": "made",
    "put": "put", "rebuild": "rebuilt", "rewrite": "rewrote rewritten", "run": "ran", "seek": "sought",
    "send": "sent", "set": "set", "show": "shown showed", "shut": "shut", "split": "split", "take": "took taken",
    "teach": "taught", "think": "thought", "understand": "understood", "undo": "undid undone", "write": "wrote written",
    "withdraw": "withdrew withdrawn", "rerun": "reran",
}  # fmt: skip


def _forms(verb: str) -> list[tuple[str, str]]:
    """The (word, form) pairs of a verb; the base form comes last, so it wins where two are spelt alike."""
    stem = verb[:-1] if verb.endswith("e") else verb
    doubled = verb + verb[-1] if re.fullmatch(r".*[^aeiou][aeiou][bdgmnprt]", verb) else verb
    third = verb + "es" if verb.endswith(("s", "sh", "ch", "x", "z")) else verb + "s"
    pasts, ings = [stem + "ed", doubled + "ed"], [stem + "ing", doubled + "ing"]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        third, pasts = verb[:-1] + "ies", [verb[:-1] + "ied"]
    pasts = IRREGULAR.get(verb, "").split() or pasts
    return [(third, "third"), *((p, "past") for p in pasts), *((i, "ing") for i in ings), (verb, "base")]


VERB_FORMS: dict[str, tuple[str, str]] = {}  # word → (form, base verb)
for _verb in BASE_VERBS:
    for _word, _form in _forms(_verb):
        if _form == "base" or _word not in VERB_FORMS:
            VERB_FORMS[_word] = (_form, _verb)

# Small words that tell a statement from a task; each maps to the sign it gives.
SIGNS: dict[str, str] = {
    **dict.fromkeys(["should", "must", "shall", "ought", "need", "needs"], "obligation"),
    **dict.fromkeys(["will", "going", "plan", "plans", "planning", "planned", "intend", "aim", "want", "would"], "intention"),
    **dict.fromkeys(["can", "could", "may", "might"], "possibility"),
    **dict.fromkeys(["was", "were", "had", "did", "been", "became"], "past"),
    **dict.fromkeys(["is", "are", "has", "does", "remains"], "present"),
    **dict.fromkeys(["not", "no", "never", "none", "without", "lack", "lacks", "lacked", "lacking", "missing", "cannot"], "negation"),
    **dict.fromkeys(["don't", "doesn't", "didn't", "isn't", "wasn't", "weren't", "can't", "couldn't", "wouldn't", "won't", "hasn't"], "negation"),
    **dict.fromkeys(["because", "due", "caused", "causes", "causing", "since", "therefore"], "cause"),
    **dict.fromkeys(["done", "completed", "complete", "resolved", "implemented", "fixed", "deployed", "finished", "success", "successful"], "done"),
    **dict.fromkeys(["todo", "tbd", "pending", "remaining", "outstanding", "wip", "doing", "ongoing"], "open"),
    **dict.fromkeys(["failed", "fails", "failing", "failure", "error", "errors", "broken", "crashed", "timeout", "exception", "bug"], "failure"),
    **dict.fromkeys(["we", "we'll", "we've", "we're", "us", "our"], "we"),
    **dict.fromkeys(["i", "i'm", "i've", "they", "he", "she", "it", "this", "that", "there", "these"], "pronoun"),
    **dict.fromkeys(["why", "how", "what", "which", "who", "whether"], "interrogative"),
    **dict.fromkeys(["all", "every", "each", "any", "always"], "all"),
    **dict.fromkeys(["pass", "passes", "passing", "passed", "works", "working", "expected", "correctly", "successfully"], "works"),
    **dict.fromkeys(["better", "more", "improved", "stronger", "further", "additional", "new"], "more"),
    **dict.fromkeys(["consider", "maybe", "perhaps", "possibly"], "consider"),
}  # fmt: skip
