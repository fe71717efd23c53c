//! Which function of the core decides each cell of the table: a list of rules, of which the first that fits counts.
//!
//! The rule names the innermost function that decides by the phase, the answer or the policy. The steps that it then takes
//! (`steps::ask`, `steps::look` and the others), and the ends that it chooses among (`replies::refuse`), are not named.

/// The beginnings of the names of events and of phases, and the function, as `FILE::NAME` relative to the core's `state`
/// folder. No phase means every phase.
pub(super) type Rule = (&'static [&'static str], &'static [&'static str], &'static str);

/// The phases in which the session mints a token.
const MINTS: &[&str] = &["minting", "recalling: "];
/// The phases in which the next reply answers a look. An answer that is under way is lost first, and then looked for.
const LOOKS: &[&str] = &["looking", "asking: answered"];
/// The phases in which the data is on its way.
const FETCHES: &[&str] = &["fetching", "polling", "awaiting"];
/// All news of the widget.
const NEWS: &[&str] = &["redirect", "closed", "no retries left", "progress"];
/// Replies of a gateway, for all that a session knows.
const PAGES: &[&str] = &["200 empty", "502 HTML", "401 page", "202 page", "203 page", "429 page"];
/// What else came instead of a reply that can be used.
const UNUSABLE: &[&str] = &["fault, maybe", "200 token", "307", "302"];

pub(super) const RULES: &[Rule] = &[
    // What the caller does.
    (&["answer", "empty answer"], &[], "caller::answer"),
    (&["shown"], &[], "caller::shown"),
    (&["open"], &[], "caller::open"),
    (&["cancel"], &[], "caller::cancel"),
    // What the widget says.
    (&["redirect of another"], &["looking: age"], "hints::redirect"),
    (&["redirect of another"], &["claimed"], "hints::look_by_news"),
    (&["redirect of another"], &[], "hints::returned"),
    (NEWS, &["minting", "authorizing", "at work", "outcome unknown", "refused"], "hints::returned"),
    (&["redirect"], &["refreshed"], "hints::named_late"),
    (&["redirect"], LOOKS, "hints::redirect"),
    (&["redirect"], FETCHES, "hints::redirect"),
    (&["redirect"], &["recalling"], "hints::redirect"),
    (&["redirect"], &[], "hints::look_by_news"),
    (NEWS, &["refreshed", "lapsed"], "hints::returned"),
    (NEWS, &[], "hints::hint"),
    // What a webhook brings.
    (&["webhook, data", "webhook, 203", "webhook of another"], &[], "facts::delivered"),
    (&["webhook"], &["refreshed", "refused"], "facts::delivered"),
    (&["webhook, KYC"], &["minting", "authorizing", "outcome unknown"], "facts::delivered"),
    (&["webhook, KYC"], &[], "facts::told_through"),
    (&["webhook by tag"], &["outcome unknown: page"], "facts::told_through"),
    (
        &["webhook by tag"],
        &["asking: answered", "looking: answer", "looking: guess", "lapsed", "recalling: ", "fetching by"],
        "facts::told_of_login",
    ),
    (&["webhook by tag"], &["asking: ", "asking again"], "hints::look_by_news"),
    (&["webhook by tag"], &[], "facts::delivered"),
    (&["webhook by login"], &["looking: age", "claimed"], "facts::delivered"),
    (&["webhook by login"], &["asking: answered"], "facts::told_of_login"),
    (&["webhook by login"], &["asking"], "hints::look_by_news"),
    (&["webhook by login"], &[], "facts::told_of_login"),
    // A reply that comes after its call was given up.
    (&["late"], &[], "replies::settle"),
    // A token, and what came instead of a usable reply.
    (&["200 token"], MINTS, "replies::minted"),
    (&["401 page"], &["minting"], "trouble::trouble"),
    (&["429 page"], &["recalling: "], "looks::recall_is_over"),
    (&["202 page", "429 page"], LOOKS, "looks::unclear"),
    (&["429 page"], &["minting", "at work", "recalling"], "trouble::trouble"),
    (&["fault, not sent"], &[], "trouble::again"),
    (PAGES, &["authorizing"], "trouble::in_doubt"),
    (UNUSABLE, &["authorizing"], "trouble::in_doubt"),
    (PAGES, FETCHES, "trouble::trouble"),
    (PAGES, &[], "trouble::again"),
    (UNUSABLE, &[], "trouble::again"),
    (&["200", "202", "203"], MINTS, "trouble::again"),
    // Refusals.
    (&["401 RETRY_LATER"], &["authorizing"], "replies::authorization_refused"),
    (&["401 RETRY_LATER"], &[], "trouble::again"),
    (&["40"], &["minting"], "replies::mint_refused"),
    (&["40"], &["recalling: "], "looks::recall_is_over"),
    (&["401 token refused"], &["authorizing", "at work", "recalling"], "replies::token_refused"),
    (&["401 QUESTION_NOT_FOUND"], &["recalling"], "replies::not_refreshed"),
    (&["40"], &["recalling"], "replies::cached_refused"),
    (&["401 QUESTION_NOT_FOUND"], &["at work"], "replies::authorization"),
    (&["40"], &["authorizing", "at work"], "replies::authorization_refused"),
    (&["400 SESSION_EXPIRED"], &[], "looks::gone"),
    (&["401 QUESTION_NOT_FOUND"], LOOKS, "looks::unclear"),
    (&["401 QUESTION_NOT_FOUND"], &[], "replies::data_refused"),
    (&["401"], &["fetching by"], "looks::asked_again"),
    (&["401"], &[], "looks::not_authorized"),
    // Answers.
    (&["20"], &["authorizing", "at work"], "replies::authorization"),
    (&["203 of ours"], &["looking: age"], "replies::data"),
    (&["203"], LOOKS, "looks::asked_in_a_look"),
    (&["203"], &[], "looks::asked_again"),
    (&["200 authorized", "200 of another login"], &["recalling"], "replies::recalled"),
    (&["200 authorized"], &[], "trouble::again"),
    (&["20"], &["recalling"], "replies::not_refreshed"),
    (&["202"], &[], "replies::pending"),
    (&["200"], &[], "replies::data"),
];
