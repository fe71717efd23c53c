//! What the page says in English and in French, where it depends on where the session is. Every other text stands
//! where it is shown, in both languages side by side.

use super::{
    desk::{Case, Verdict},
    view::Next,
};
use crate::clock::time_of;
use reconnect_core::{Heard, Recovery, Stage};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Language {
    #[default]
    English,
    French,
}

impl Language {
    pub(super) fn code(self) -> &'static str {
        self.pick("en", "fr")
    }

    pub(super) fn pick<T>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }

    /// The title of a case, and its story.
    pub(super) fn case(self, case: Case) -> (&'static str, &'static str) {
        match case {
            Case::Refresh => self.pick(
                ("Refresh a stored connection", "Your database holds a loginId, and the two accounts that the user once picked."),
                ("Actualiser une connexion", "Votre base contient un loginId, et les deux comptes choisis jadis par l’utilisateur."),
            ),
            Case::Resume => self.pick(
                ("Resume an interrupted session", "The user answered one question and closed the tab, 2 minutes ago. The requestId still lives."),
                ("Reprendre une session interrompue", "L’utilisateur a répondu à une question et fermé l’onglet, il y a 2 minutes. Le requestId vit encore."),
            ),
            Case::Expired => self.pick(
                ("Come back too late", "The user left in the middle of a first connection, 10 minutes ago. The requestId lived for 8."),
                ("Revenir trop tard", "L’utilisateur est parti pendant une première connexion, il y a 10 minutes. Le requestId en vivait 8."),
            ),
        }
    }

    pub(super) fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Authorizing => self.pick("Authorizing", "Autorisation"),
            Stage::Asking => self.pick("Asking", "Question"),
            Stage::Looking => self.pick("Looking", "Vérification"),
            Stage::Fetching => self.pick("Fetching", "Lecture"),
            Stage::Recalling => self.pick("Recalling", "Rappel"),
            Stage::Done => self.pick("Done", "Fin"),
            _ => "",
        }
    }

    /// What to do next, in one sentence.
    pub(super) fn next(self, next: Next) -> String {
        let sentence = match next {
            Next::Choose => self.pick("Choose how your user comes back.", "Choisissez comment votre utilisateur revient."),
            Next::Authorize => self.pick(
                "Wait: your server mints a token and calls /Authorize once, live. The bank may text the user, so it is never sent twice.",
                "Attendez : votre serveur crée un jeton et appelle /Authorize une fois, en direct. La banque peut envoyer un texto, donc jamais deux fois.",
            ),
            Next::Answer => self.pick(
                "The bank asks for MFA: show the widget, and let the user answer there. Answers: Montreal, Canada, Triangle.",
                "La banque pose une question : montrez le widget, et l’utilisateur y répond. Réponses : Montreal, Canada, Triangle.",
            ),
            Next::Show => self.pick(
                "Wait: your server mints a token for one showing of the widget.",
                "Attendez : votre serveur crée un jeton pour un affichage du widget.",
            ),
            Next::ComeBack => self.pick(
                "The session waits in your database. Bring the user back before its lease ends: a new showing needs a fresh token.",
                "La session attend dans votre base. Ramenez l’utilisateur avant la fin du bail : il faut un nouveau jeton.",
            ),
            Next::Look => self.pick(
                "Wait: what a browser says is a hint, so your server asks the service whether it is true.",
                "Attendez : ce que dit un navigateur est un indice, votre serveur demande donc au service si c’est vrai.",
            ),
            Next::Fetch => self.pick(
                "Wait: the connection is authorized and its data is being processed. Your server polls every 10 s.",
                "Attendez : la connexion est autorisée et ses données se préparent. Votre serveur demande toutes les 10 s.",
            ),
            Next::Recall => self.pick(
                "Wait: the session is gone, so your server asks for what was stored.",
                "Attendez : la session n’est plus, votre serveur demande donc ce qui a été conservé.",
            ),
            Next::Keep => self.pick(
                "Store the accounts. The loginId stays the same, and the user did not have to pick again.",
                "Conservez les comptes. Le loginId reste le même, et l’utilisateur n’a rien eu à choisir de nouveau.",
            ),
            Next::Recover(recovery) => return self.recovery(recovery),
            Next::Connect => self.pick(
                "An ordinary Connect session is open, with the bank preselected. Sign in as Greatday, password Everyday.",
                "Une session Connect ordinaire est ouverte, avec la banque choisie d’avance. Utilisateur Greatday, mot de passe Everyday.",
            ),
            Next::Connected => self.pick(
                "A new connection. Ask the service about its loginId before you store it, and refuse one that another of your users owns.",
                "Une nouvelle connexion. Interrogez le service sur son loginId avant de le conserver, et refusez celui d’un autre utilisateur.",
            ),
        };
        sentence.to_owned()
    }

    fn recovery(self, recovery: Recovery) -> String {
        match recovery {
            Recovery::StartOver => self.pick(
                "The session has ended. Start over with an ordinary Connect session, or refresh a connection whose loginId you hold.",
                "La session est terminée. Recommencez par une session Connect ordinaire, ou actualisez une connexion dont vous avez le loginId.",
            ),
            Recovery::AskTheUser => self.pick("Bring the user back, and refresh again.", "Ramenez l’utilisateur, et actualisez de nouveau."),
            Recovery::ActAtTheBank => self.pick(
                "The user has to log in at the bank first.",
                "L’utilisateur doit d’abord ouvrir une session à sa banque.",
            ),
            Recovery::FixTheSetup => self.pick(
                "A developer has to look at the keys and the addresses.",
                "Un développeur doit vérifier les clés et les adresses.",
            ),
            Recovery::TryLater { not_before } => {
                let at = time_of(not_before);
                let text = self.pick("Try again later, from", "Réessayez plus tard, à partir de");
                return format!("{text} {at} UTC.");
            }
        }
        .to_owned()
    }

    /// What became of a message: a name for `data-verdict`, and words.
    pub(super) fn verdict(self, verdict: Verdict) -> (&'static str, &'static str) {
        match verdict {
            Verdict::Told(Heard::Took) => ("taken", self.pick("taken", "prise")),
            Verdict::Told(Heard::Knew) => ("known", self.pick("known already", "déjà connue")),
            Verdict::Told(Heard::Late) => ("late", self.pick("too late", "trop tard")),
            Verdict::Told(Heard::NotOurs) => {
                ("not-ours", self.pick("refused: not this session’s", "refusée : autre session"))
            }
            Verdict::Connect => ("connect", self.pick("of the new session", "de la nouvelle session")),
            Verdict::Foreign => ("foreign", self.pick("ignored: foreign origin", "ignorée : autre origine")),
            Verdict::Unreadable => ("unreadable", self.pick("ignored: not an event", "ignorée : pas un événement")),
        }
    }
}
