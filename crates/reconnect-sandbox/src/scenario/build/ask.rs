//! Questions, each in both languages, and the rounds in which they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::scenario::error::{ScenarioError, refuse, unknown, within};
use crate::scenario::file::{WrittenQuestion, WrittenRound};
use crate::scenario::form::Ref;
use crate::scenario::question::{AnswerKind, CHALLENGES, Question, Right, Round, Script};

/// Each question by its name, in English and in French.
pub(super) struct Questions {
    by_name: BTreeMap<String, [Arc<Question>; 2]>,
}

impl Questions {
    pub(super) fn read(written: BTreeMap<String, WrittenQuestion>) -> Result<Self, ScenarioError> {
        let read = |(name, written)| {
            let read = both(written).map_err(|error| within(&format!("question {name:?}"), &error))?;
            Ok((name, read))
        };
        Ok(Questions { by_name: written.into_iter().map(read).collect::<Result<_, ScenarioError>>()? })
    }

    /// How a user is asked in English and in French.
    pub(super) fn scripts(
        &self,
        rounds: Vec<WrittenRound>,
        instead: Option<WrittenRound>,
        tries: Option<u8>,
    ) -> Result<[Script; 2], ScenarioError> {
        let mut scripts = [Script { tries, ..Script::default() }, Script { tries, ..Script::default() }];
        for (index, round) in rounds.into_iter().enumerate() {
            let rounds = self.round(round).map_err(|error| within(&format!("round {}", index + 1), &error))?;
            for (script, round) in scripts.iter_mut().zip(rounds) {
                script.rounds.push(round);
            }
        }
        if let Some(round) = instead {
            let rounds = self.round(round).map_err(|error| within("`instead`", &error))?;
            for (script, round) in scripts.iter_mut().zip(rounds) {
                script.instead = Some(round);
            }
        }
        Ok(scripts)
    }

    fn round(&self, written: WrittenRound) -> Result<[Round; 2], ScenarioError> {
        if written.is_empty() {
            return refuse("it asks nothing; write a question, or take it out");
        }
        let (mut english, mut french) = (Vec::new(), Vec::new());
        for question in written {
            let [en, fr] = match question {
                Ref::Here(written) => both(written)?,
                Ref::Named(name) => {
                    let known = || self.by_name.keys().map(String::as_str);
                    let found = self.by_name.get(&name).cloned();
                    found.ok_or_else(|| unknown("question", &name, known(), &format!("[questions.{name}]")))?
                }
            };
            english.push(en);
            french.push(fr);
        }
        for round in [&english, &french] {
            let mut prompts = BTreeSet::new();
            if let Some(twice) = round.iter().find(|question| !prompts.insert(&question.prompt)) {
                return refuse(format!("{:?} is asked twice at once, and prompts are keys; change one", twice.prompt));
            }
        }
        Ok([english.into(), french.into()])
    }
}

fn both(written: WrittenQuestion) -> Result<[Arc<Question>; 2], ScenarioError> {
    let WrittenQuestion { kind, prompt, choices, answers } = written;
    let english = question(kind.clone(), prompt.en, choices.en, answers.en)?;
    let french = question(kind, prompt.fr, choices.fr, answers.fr)?;
    Ok([Arc::new(english), Arc::new(french)])
}

fn question(
    kind: String,
    prompt: String,
    choices: Vec<String>,
    answers: Vec<String>,
) -> Result<Question, ScenarioError> {
    if prompt.trim().is_empty() {
        return refuse("its prompt is empty; write what is asked");
    }
    let answer_kind = AnswerKind::of(&kind);
    let right = right(&kind, answer_kind, &choices, answers);
    let right = right.map_err(|error| within(&format!("{prompt:?}"), &error))?;
    Ok(Question { kind, answer_kind, prompt, choices, right })
}

fn right(
    kind: &str,
    answer_kind: AnswerKind,
    choices: &[String],
    answers: Vec<String>,
) -> Result<Right, ScenarioError> {
    if answer_kind == AnswerKind::Unknown {
        if let Some((meant, _)) = CHALLENGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)) {
            return refuse(format!("nobody knows the type {kind:?}; write {meant:?}"));
        }
    } else if answer_kind != AnswerKind::Text {
        if choices.is_empty() {
            return refuse(format!("a {kind} has nothing to choose from; write `choices`"));
        }
        if let Some(odd) = answers.iter().find(|answer| !choices.contains(answer)) {
            return refuse(format!("the answer {:?} is none of the choices; write one of them", shown(odd)));
        }
    }
    if answers.is_empty() && answer_kind != AnswerKind::Unknown {
        return refuse("no answer is right; write `answers`");
    }
    let folded = || answers.iter().map(|answer| answer.to_lowercase());
    Ok(match answer_kind {
        AnswerKind::Unknown if answers.is_empty() => Right::Anything,
        AnswerKind::Unknown => Right::Text(folded().collect()),
        AnswerKind::OneChoice => Right::OneOf(answers),
        AnswerKind::SeveralChoices | AnswerKind::SeveralPictures => Right::All(answers),
        AnswerKind::Text if choices.is_empty() => Right::Text(folded().collect()),
        AnswerKind::Text if choices.len() == answers.len() => {
            Right::Chosen(choices.iter().cloned().zip(folded()).collect())
        }
        AnswerKind::Text => {
            return refuse("the user chooses a question; write as many `answers` as `choices`, in their order");
        }
    })
}

/// The beginning of an answer. A picture in Base64 is long.
fn shown(answer: &str) -> String {
    answer.chars().take(40).collect()
}
