//! The parts of the page, each from the view alone.

use super::{
    desk::{Case, What},
    view::{Lease, Next, View},
    words::Language,
};
use crate::clock::{span, time_of};
use reconnect_core::{Account, Recovery, Refreshed, Stage, connect::WidgetUrl, short};

/// How many events and calls are listed, the latest first.
const LATEST: usize = 12;

/// A way in.
pub(super) fn choice(case: Case, is_chosen: bool, language: Language) -> String {
    let (title, story) = language.case(case);
    let (name, code) = (case.name(), language.code());
    let current = if is_chosen { " aria-current=\"true\"" } else { "" };
    format!(
        "<form method=\"post\" action=\"/begin/{name}?lang={code}\"><button class=\"choice\" id=\"begin-{name}\" \
         data-case=\"{name}\"{current}><strong>{title}</strong><span>{story}</span></button></form>"
    )
}

pub(super) fn status(view: &View, language: Language) -> String {
    let (stage, outcome) = if matches!(view.next, Next::Connect | Next::Interrupted | Next::Connected) {
        (language.pick("New Connect session", "Nouvelle session Connect"), "")
    } else if view.is_failed {
        (language.pick("Done: failed", "Fin\u{a0}: échec"), " data-outcome=\"failed\"")
    } else {
        (view.stage.map_or(language.pick("Ready", "Prêt"), |stage| language.stage(stage)), "")
    };
    let name = view.stage.map_or("", Stage::as_str);
    let next = language.next(view);
    let trouble = view.scene.trouble.as_ref().map(|said| format!("<p class=\"trouble\">{}</p>", escape(said)));
    let trouble = trouble.unwrap_or_default();
    format!(
        "<p><strong id=\"stage\" class=\"pill\" data-stage=\"{name}\"{outcome}>{stage}</strong></p><p id=\"next\">{next}</p>{trouble}"
    )
}

/// What the user can do beside answering.
pub(super) fn actions(view: &View, language: Language) -> String {
    let mut actions = String::new();
    if view.can_come_back() {
        let text = language.pick("Come back: show the widget", "Revenir\u{a0}: afficher le widget");
        actions += &button("open", "/open", language, text, " class=\"main\"");
    }
    let Next::Recover(recovery) = view.next else { return actions + &leave(view, language) };
    if view.can_try_again {
        let text = language.pick("Try again", "Réessayer");
        actions += &button("try-again", "/try-again", language, text, " class=\"main\"");
    }
    if view.can_try_again || matches!(recovery, Recovery::StartOver | Recovery::ActAtTheBank) {
        let text = language.pick("Start over with Connect", "Recommencer avec Connect");
        let class = if view.can_try_again { "" } else { " class=\"main\"" };
        actions += &button("start-over", "/start-over", language, text, class);
    }
    actions
}

fn leave(view: &View, language: Language) -> String {
    let mut actions = String::new();
    let is_open = view.next == Next::Answer || (view.next == Next::Connect && view.scene.shown.is_some());
    if is_open {
        actions +=
            &button("park", "/park", language, language.pick("Leave without answering", "Partir sans répondre"), "");
    }
    actions
}

/// The widget's frame for who may show it, else why there is none.
pub(super) fn widget(view: &View, language: Language, url: Option<&WidgetUrl>, origin: &str) -> String {
    let pick = |english, french| language.pick(english, french);
    match (&view.scene.shown, url) {
        (Some(shown), Some(url)) => {
            let back = format!("{origin}/back{}", language.pick("", "?lang=fr"));
            let url = url.clone().with("origin", origin).with("redirectUrl", &back).with("closeEnable", "true");
            // Who hears the event stays on this page; who has no script is led back to it.
            let url = if shown.is_scripted() { url.with("jsRedirect", "true") } else { url };
            format!(
                "<flinks-reconnect><iframe id=\"widget-frame\" data-showing=\"{}\" title=\"{}\" src=\"{}\"></iframe>\
                 </flinks-reconnect>",
                shown.number,
                pick("Bank connection", "Connexion bancaire"),
                escape(url.expose())
            )
        }
        (Some(_), None) => {
            let text = pick(
                "The widget is open in another tab, or this page was reloaded. Its URL was good for one showing.",
                "Le widget est ouvert dans un autre onglet, ou cette page a été rechargée. Son adresse n’était bonne que pour un affichage.",
            );
            let again =
                button("open-here", "/open", language, pick("Show it here", "L’afficher ici"), " class=\"main\"");
            format!("<div class=\"empty\"><p>{text}</p>{again}</div>")
        }
        (None, _) if view.next == Next::ComeBack => format!(
            "<div class=\"empty\" id=\"parked\"><p>{}</p></div>",
            pick(
                "The user has left. What remains is a snapshot of the session, in your database.",
                "L’utilisateur est parti. Il reste un instantané de la session, dans votre base de données.",
            )
        ),
        (None, _) if view.next == Next::Interrupted => format!(
            "<div class=\"empty\" id=\"parked\"><p>{}</p></div>",
            pick(
                "The user has left. Your page has the widget’s messages, and no loginId yet.",
                "L’utilisateur est parti. Votre page a les messages du widget, mais pas encore de loginId.",
            )
        ),
        (None, _) if view.next == Next::Refused => format!(
            "<div class=\"empty\" id=\"refused\"><p>{}</p></div>",
            pick("Nothing of that session is shown.", "Rien de cette session n’est affiché."),
        ),
        (None, _) if view.next == Next::Choose => format!(
            "<div class=\"empty\"><p>{}</p></div>",
            pick("The widget will appear here.", "Le widget apparaîtra ici.")
        ),
        (None, _) => String::new(),
    }
}

/// What the user gets for it.
pub(super) fn accounts(view: &View, language: Language) -> String {
    if let Some(Some(login)) = &view.scene.connect {
        let text = language.pick("A new connection, loginId", "Une nouvelle connexion, loginId");
        return format!("<div class=\"empty\" id=\"connected\"><p>{text} <code>{}</code></p></div>", escape(login));
    }
    let (Some(refreshed), Some(accounts)) = (&view.refreshed, &view.scene.accounts) else { return String::new() };
    let pick = |english, french| language.pick(english, french);
    let rows: String = accounts.iter().map(|account| row(account, language)).collect();
    let missing = refreshed.missing.iter().map(|id| {
        let (id, text) = (escape(&short(id.as_str())), pick("missing", "absent"));
        format!("<tr data-account=\"{id}\" data-fate=\"missing\"><th scope=\"row\"><code>{id}</code></th><td colspan=\"2\">{text}</td></tr>")
    });
    format!(
        "<h2 id=\"accounts-title\">{}</h2><table id=\"accounts\" aria-labelledby=\"accounts-title\"><thead><tr><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>{rows}{}</tbody></table>{}",
        pick("The user’s accounts", "Les comptes de l’utilisateur"),
        pick("Account", "Compte"),
        pick("Balance", "Solde"),
        pick("Transactions", "Opérations"),
        missing.collect::<String>(),
        counts(refreshed, view.scene.case == Some(Case::First), language)
    )
}

fn row(account: &Account, language: Language) -> String {
    let id = escape(&short(account.id.as_str()));
    let text = |text: &Option<Box<str>>| escape(text.as_deref().unwrap_or("–"));
    let balance = account.balance.current.map_or_else(|| "–".to_owned(), |amount| language.amount(&amount.to_string()));
    format!(
        "<tr data-account=\"{id}\" data-fate=\"kept\"><th scope=\"row\">{} <span class=\"pill good\">{}</span><br><code>{id}</code></th>\
         <td>{balance} {}</td><td>{}</td></tr>",
        text(&account.title),
        language.pick("kept", "gardé"),
        text(&account.currency),
        account.transactions.len()
    )
}

fn counts(refreshed: &Refreshed, is_first: bool, language: Language) -> String {
    let count = |name: &str, number: usize, (title, text): (&str, &str)| {
        format!("<div data-count=\"{name}\"><dt>{title}</dt><dd><b>{number}</b> {text}</dd></div>")
    };
    let kept = if is_first {
        language
            .pick(("kept", "the accounts of the new connection"), ("gardés", "les comptes de la nouvelle connexion"))
    } else {
        language.pick(
            ("kept", "picked by the user once, who did not have to pick again"),
            ("gardés", "choisis une fois par l’utilisateur, qui n’a pas eu à le refaire"),
        )
    };
    let missing = language.pick(
        ("missing", "picked once, but the bank does not show them any more"),
        ("absents", "choisis une fois, mais la banque ne les montre plus"),
    );
    let left_out = language.pick(
        ("left out", "came along without being picked: nothing of them was read"),
        ("écartés", "reçus sans avoir été choisis\u{a0}: rien n’en a été lu"),
    );
    format!(
        "<dl class=\"counts\">{}{}{}</dl>",
        count("kept", refreshed.kept.len(), kept),
        count("missing", refreshed.missing.len(), missing),
        count("left-out", refreshed.left_out, left_out)
    )
}

/// Both leases of a showing.
pub(super) fn leases(view: &View, language: Language) -> String {
    let login = view.login.as_ref().map(|id| {
        let text = language.pick(
            "never expires: your key to the connection",
            "n’expire jamais\u{a0}: c’est votre clé de la connexion",
        );
        format!("<p class=\"login\"><code>loginId {}</code> {text}</p>", escape(id))
    });
    let request = language.pick(
        "8 min without activity; each step in the widget starts them again",
        "8\u{a0}min sans activité\u{202f}; chaque étape dans le widget les fait repartir",
    );
    let token =
        language.pick("15 min, and for one showing of the widget", "15\u{a0}min, et pour un seul affichage du widget");
    let leases = [
        lease("request", "requestId", view.request.as_ref(), request, language),
        lease("token", "authorizeToken", view.token.as_ref(), token, language),
    ];
    format!("<div class=\"leases\">{}</div>{}", leases.concat(), login.unwrap_or_default())
}

fn lease(name: &str, title: &str, lease: Option<&Lease>, note: &str, language: Language) -> String {
    let left = lease.map_or(0, |lease| lease.left.as_millis().div_ceil(1_000));
    let life = lease.map_or(1, |lease| lease.life.as_secs());
    let (state, said) = match lease {
        None => ("none", language.pick("none now", "aucun en ce moment").to_owned()),
        Some(_) if left == 0 => ("over", language.pick("expired", "expiré").to_owned()),
        Some(_) if left <= 60 => ("short", format!("{}:{:02}", left / 60, left % 60)),
        Some(_) => ("alive", format!("{}:{:02}", left / 60, left % 60)),
    };
    let id = lease.and_then(|lease| lease.id.as_deref()).map(|id| format!(" {}", escape(id))).unwrap_or_default();
    format!(
        "<div class=\"lease\" data-lease=\"{name}\" data-state=\"{state}\" data-left=\"{left}\"><h3><code>{title}{id}</code></h3>\
         <p class=\"left\">{said}</p><progress max=\"{life}\" value=\"{left}\" aria-label=\"{title}\"></progress><p>{note}</p></div>"
    )
}

/// Two ways to lie to the app. They need script.
pub(super) fn forging(language: Language) -> String {
    let page = language.pick("Fake one in the page", "En simuler un dans la page");
    let server = language.pick("Fake one to the server", "En simuler un au serveur");
    let hint = language.pick(
        "The page passes one on only from the widget’s exact origin and window. Even then it is a hint.",
        "La page n’en transmet que de l’origine et de la fenêtre exactes du widget. Même alors, ce n’est qu’un indice.",
    );
    format!(
        "<p class=\"hint\">{hint}</p><p class=\"row\"><button type=\"button\" id=\"forge-page\" hidden>{page}</button>\
         <button type=\"button\" id=\"forge-server\" hidden>{server}</button></p>"
    )
}

/// The window messages, the latest first.
pub(super) fn events(view: &View, language: Language) -> String {
    let rows = view.scene.seen.iter().rev().take(LATEST).map(|seen| {
        let (name, words) = language.verdict(seen.verdict);
        let (at, step) = (time_of(seen.at), escape(&seen.step));
        let shown = if step.is_empty() { "…" } else { &step };
        format!(
            "<li data-verdict=\"{name}\" data-step=\"{step}\"><time>{at}</time> <code>{shown}</code> <span class=\"pill\">{words}</span></li>"
        )
    });
    list("events", rows.collect(), language)
}

/// What the server sent, the latest first.
pub(super) fn calls(view: &View, language: Language) -> String {
    let rows = view.scene.called.iter().rev().take(LATEST).map(|called| {
        let at = time_of(called.at);
        match &called.what {
            What::Call { method, path, status } => {
                let status = escape(status.as_deref().unwrap_or("…"));
                let path = escape(path);
                format!(
                    "<li data-path=\"{path}\" data-status=\"{status}\"><time>{at}</time> <code>{method} {path}</code> <span class=\"pill\">{status}</span></li>"
                )
            }
            What::Wait(long) => {
                let (long, text) = (span(*long), language.pick("until the next call: the clock moved", "avant le prochain appel\u{a0}: l’horloge a avancé"));
                format!("<li class=\"wait\"><time>{at}</time> <span>{long} {text}</span></li>")
            }
        }
    });
    list("calls", rows.collect(), language)
}

/// Who holds the keys.
pub(super) fn keys(language: Language) -> String {
    let hint = language.pick(
        "Your server calls. The browser never sees a key.",
        "C’est votre serveur qui appelle. Le navigateur ne voit jamais de clé.",
    );
    format!("<p class=\"hint\">{hint}</p>")
}

fn list(id: &str, rows: String, language: Language) -> String {
    if rows.is_empty() {
        return format!("<p class=\"none\">{}</p>", language.pick("None yet.", "Aucun pour l’instant."));
    }
    format!("<ol id=\"{id}\" class=\"list\" aria-labelledby=\"{id}-title\">{rows}</ol>")
}

/// A form of one button.
pub(super) fn button(id: &str, action: &str, language: Language, text: &str, more: &str) -> String {
    let code = language.code();
    format!("<form method=\"post\" action=\"{action}?lang={code}\"><button id=\"{id}\"{more}>{text}</button></form>")
}

/// For text and for attributes in double quotes.
fn escape(text: &str) -> String {
    let marks = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")];
    marks.iter().fold(text.to_owned(), |text, (character, mark)| text.replace(*character, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_came_in_leaves_its_place() {
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
