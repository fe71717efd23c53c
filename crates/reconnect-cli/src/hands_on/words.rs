//! What the page says in English and in French, where it depends on where the session is. Every other text stands
//! where it is shown, in both languages side by side.

use super::{
    desk::{Case, Verdict},
    view::{Next, View},
};
use crate::clock::moment;
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
                ("Actualiser une connexion", "Votre base de données contient un loginId et les deux comptes que l’utilisateur avait choisis."),
            ),
            Case::Resume => self.pick(
                ("Resume an interrupted session", "The user answered one question and closed the tab, 2 minutes ago. The requestId is still valid."),
                ("Reprendre une session interrompue", "L’utilisateur a répondu à une question et fermé l’onglet, il y a 2\u{a0}minutes. Le requestId est encore valide."),
            ),
            Case::First => self.pick(
                ("Leave a first connection", "The user connects a bank for the first time, and leaves when it asks. Your page has the widget’s messages, and they are enough to come back."),
                ("Quitter une première connexion", "L’utilisateur connecte une banque pour la première fois et part quand elle l’interroge. Votre page a les messages du widget, et ils suffisent pour revenir."),
            ),
            Case::Expired => self.pick(
                ("Come back too late", "The user left in the middle of a first connection, 10 minutes ago. The requestId was valid for 8."),
                ("Revenir trop tard", "L’utilisateur est parti au milieu d’une première connexion, il y a 10\u{a0}minutes. Le requestId n’était valide que 8\u{a0}minutes."),
            ),
        }
    }

    pub(super) fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Authorizing => self.pick("Authorizing", "Autorisation"),
            Stage::Asking => self.pick("Asking", "Question"),
            Stage::Looking => self.pick("Looking", "Vérification"),
            Stage::Fetching => self.pick("Fetching", "Lecture"),
            Stage::Recalling => self.pick("Recalling", "Relecture"),
            Stage::Done => self.pick("Done", "Fin"),
            _ => "",
        }
    }

    /// What to do next, in one sentence.
    pub(super) fn next(self, view: &View) -> String {
        let sentence = match view.next {
            Next::Choose => self.pick("Choose how your user comes back.", "Choisissez comment votre utilisateur revient."),
            Next::Authorize => self.pick(
                "Wait: your server gets a token and calls /Authorize, live and only once. The bank may text the user, so a second call would be one too many.",
                "Attendez\u{a0}: votre serveur obtient un jeton et appelle /Authorize en direct, une seule fois. La banque peut envoyer un texto\u{202f}; un second appel serait de trop.",
            ),
            Next::Answer => self.pick(
                "The bank asks for MFA, so your app shows the widget. Answer there as the user: Montreal, Canada, Triangle.",
                "La banque pose des questions de sécurité, et votre application affiche le widget. Répondez-y comme l’utilisateur\u{a0}: Montréal, Canada, Triangle.",
            ),
            Next::Show => self.pick(
                "Wait: your server gets a token for one showing of the widget.",
                "Attendez\u{a0}: votre serveur obtient un jeton pour un affichage du widget.",
            ),
            Next::ComeBack => self.pick(
                "The session waits in your database. Bring the user back before its requestId expires; a new showing needs a fresh token.",
                "La session attend dans votre base de données. Ramenez l’utilisateur avant que son requestId expire\u{202f}; il faut un nouveau jeton pour un nouvel affichage.",
            ),
            Next::Look => self.pick(
                "Wait: what a browser says is a hint, so your server asks the service whether it is true.",
                "Attendez\u{a0}: ce que dit un navigateur n’est qu’un indice, et votre serveur demande au service si c’est vrai.",
            ),
            Next::Fetch => self.pick(
                "Wait: the connection is authorized and its data is being processed. Your server polls until it is there.",
                "Attendez\u{a0}: la connexion est autorisée et ses données se préparent. Votre serveur redemande jusqu’à ce qu’elles soient prêtes.",
            ),
            Next::Recall => self.pick(
                "Wait: the session is gone, so your server asks for what was stored.",
                "Attendez\u{a0}: la session n’existe plus, et votre serveur demande ce que le service a conservé.",
            ),
            Next::Keep => self.pick(
                "Store the accounts. The loginId stays the same, and the user did not have to pick again.",
                "Enregistrez les comptes. Le loginId reste le même, et l’utilisateur n’a pas eu à les choisir de nouveau.",
            ),
            Next::Recover(_) if view.can_try_again => self.pick(
                "The session has ended, and the connection is still yours. Ask the user whether to try again: the bank may text them once more, so only their click begins it.",
                "La session est terminée, et la connexion est toujours à vous. Demandez à l’utilisateur s’il veut réessayer\u{a0}: la banque peut lui envoyer un nouveau texto, et c’est donc lui qui décide.",
            ),
            Next::Recover(recovery) => return self.recovery(recovery),
            Next::Connect => self.pick(
                "An ordinary Connect session is open, with the bank preselected. Sign in as Greatday, password Everyday.",
                "Une session Connect ordinaire est ouverte, avec la banque déjà choisie. Utilisateur\u{a0}: Greatday, mot de passe\u{a0}: Everyday.",
            ),
            Next::Interrupted => self.pick(
                "The user left a first connection. Bring them back before its requestId expires: your server treats the requestId from the widget as a claim, and resumes the session.",
                "L’utilisateur a quitté une première connexion. Ramenez-le avant que son requestId expire\u{a0}: votre serveur traite le requestId donné par le widget comme une simple affirmation, et reprend la session.",
            ),
            Next::Confirm => self.pick(
                "Wait: your server checks whether another of your users owns this loginId. Until then the accounts are withheld.",
                "Attendez\u{a0}: votre serveur vérifie si ce loginId est celui d’un autre de vos utilisateurs. D’ici là, les comptes sont retenus.",
            ),
            Next::Confirmed => self.pick(
                "Nobody else owns this loginId, so your server confirmed it. Store it with the accounts.",
                "Ce loginId n’est à personne d’autre, et votre serveur l’a confirmé. Enregistrez-le avec les comptes.",
            ),
            Next::Refused => self.pick(
                "Another of your users owns this loginId: the requestId that the browser gave was theirs. Nothing of that session is shown, and the user starts over.",
                "Ce loginId est celui d’un autre de vos utilisateurs\u{a0}: le requestId donné par le navigateur était le sien. Rien de cette session n’est affiché, et l’utilisateur recommence.",
            ),
            Next::Connected => self.pick(
                "A new connection. Ask the service about its loginId before you store it, and refuse one that another of your users owns.",
                "Une nouvelle connexion. Vérifiez son loginId auprès du service avant de l’enregistrer, et refusez celui d’un autre de vos utilisateurs.",
            ),
        };
        sentence.to_owned()
    }

    fn recovery(self, recovery: Recovery) -> String {
        match recovery {
            Recovery::StartOver => self.pick(
                "The session has ended. Start over with an ordinary Connect session, or refresh a connection whose loginId you hold.",
                "La session est terminée. Recommencez par une session Connect ordinaire, ou actualisez une connexion dont vous détenez le loginId.",
            ),
            Recovery::AskTheUser => self.pick("Bring the user back, and refresh again.", "Ramenez l’utilisateur, puis actualisez de nouveau."),
            Recovery::ActAtTheBank => self.pick(
                "The user has to log in at the bank first.",
                "L’utilisateur doit d’abord ouvrir une session à sa banque.",
            ),
            Recovery::FixTheSetup => self.pick(
                "A developer has to look at the keys and the addresses.",
                "Un développeur doit vérifier les clés et les adresses.",
            ),
            Recovery::TryLater { not_before } => {
                let at = moment(not_before);
                let text = self.pick("Try again later, from", "Réessayez plus tard, à partir de");
                return format!("{text} {at}.");
            }
        }
        .to_owned()
    }

    /// An amount as people write it, where it is plain digits: `49,983.20`, and `49 983,20` with a no-break space.
    pub(super) fn amount(self, text: &str) -> String {
        let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
        let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
        if ![digits, cents].concat().bytes().all(|byte| byte.is_ascii_digit()) {
            return text.to_owned();
        }
        let (group, point) = self.pick((",", "."), ("\u{a0}", ","));
        let mut written = sign.to_owned();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                written.push_str(group);
            }
            written.push(digit);
        }
        if cents.is_empty() { written } else { written + point + cents }
    }

    /// What became of a message: a name for `data-verdict`, and words.
    pub(super) fn verdict(self, verdict: Verdict) -> (&'static str, &'static str) {
        match verdict {
            Verdict::Told(Heard::Took) => ("taken", self.pick("taken", "retenu")),
            Verdict::Told(Heard::Knew) => ("known", self.pick("known already", "déjà connu")),
            Verdict::Told(Heard::Late) => ("late", self.pick("too late", "trop tard")),
            Verdict::Told(Heard::NotOurs) => {
                ("not-ours", self.pick("refused: not this session’s", "refusé\u{a0}: autre session"))
            }
            Verdict::Connect => ("connect", self.pick("of the new session", "de la nouvelle session")),
            Verdict::Foreign => ("foreign", self.pick("ignored: foreign origin", "ignoré\u{a0}: autre origine")),
            Verdict::Unreadable => ("unreadable", self.pick("ignored: not an event", "ignoré\u{a0}: pas un événement")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_as_the_language_does() {
        let written = [
            ("49983.20", "49,983.20", "49\u{a0}983,20"),
            ("-100", "-100", "-100"),
            ("-1234567", "-1,234,567", "-1\u{a0}234\u{a0}567"),
            ("1e5", "1e5", "1e5"),
        ];
        for (text, english, french) in written {
            assert_eq!(
                (Language::English.amount(text), Language::French.amount(text)),
                (english.into(), french.into())
            );
        }
    }
}
