//! `POST /AuthorizeAsync` <https://help.flinks.com/support/solutions/articles/43000735707-authorizeasync>
//!
//! Flinks has to activate it. Its bodies are those of `/Authorize` and one more, which asks how far a start or an answer
//! got: 202 while the work goes on, 203 where the bank asks, 200 when it is through. The first reply to a start or to
//! answers is a 202 with the `RequestId`. The method is not documented; it is POST, as the body has fields (decision 41).
//! [`Authorize`](super::authorize::Authorize) has all of its shapes: `live` starts, `status` asks, `answer` answers.
