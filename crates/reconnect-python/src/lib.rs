//! `reconnect._core`: the session of `reconnect-embed` as Python classes. It decides nothing: it turns Python's values
//! into plain ones, and errors into `reconnect.Error`. A lock guards each session, so that threads may share it.

mod accounts;

use accounts::getters;
use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    sync::{MutexExt, PyOnceLock},
    types::{PyBytes, PyType},
};
use reconnect_core::{RenderError, Rendered, Secret};
use reconnect_embed::{Error, Work};
use std::{collections::BTreeMap, sync::Mutex};

#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::accounts::{Account, Address, Balance, Holder, Transaction};
    #[pymodule_export]
    use super::{Keys, Machine, Request};
}

/// The two keys of an integration. Nothing prints them.
#[pyclass(frozen, module = "reconnect._core")]
struct Keys(reconnect_core::Keys);

#[pymethods]
impl Keys {
    #[new]
    #[pyo3(signature = (*, secret=None, api=None))]
    fn new(secret: Option<Bound<'_, PyAny>>, api: Option<Bound<'_, PyAny>>, py: Python<'_>) -> PyResult<Self> {
        let read = |given: Option<Bound<'_, PyAny>>, name| {
            given.map(|text| field::<String>(&text, name).map(Secret::from)).transpose()
        };
        let keys = reconnect_core::Keys { secret: read(secret, "secret")?, api: read(api, "api")? };
        keys.check().map_err(|wrong| raised(py, RenderError::from(wrong).into()))?;
        Ok(Self(keys))
    }
}

/// A request to be sent once. What it prints names neither its address nor what it carries.
#[pyclass(frozen, module = "reconnect._core")]
struct Request(Rendered);

getters! {
    Request, it = |me| me.0;
    text; amount;
    id: u64 = it.id.number();
    method: &str = it.method;
    url: &str = &it.url;
    headers: Vec<(&str, &str)> = it.headers.iter().map(|(name, value)| (&**name, value.expose())).collect();
    limit_ms: u64 = it.limit_ms;
    max_body: usize = it.max_body;
    once: bool = it.once;
}

#[pymethods]
impl Request {
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.content().map(|text| PyBytes::new(py, text.as_bytes()))
    }

    fn __repr__(&self) -> String {
        format!("Request(id={}, method='{}')", self.0.id.number(), self.0.method)
    }
}

/// An argument of any type.
type Given<'py> = Bound<'py, PyAny>;

/// A stored session, until it is closed.
#[pyclass(frozen, module = "reconnect._core")]
struct Machine(Mutex<Option<reconnect_embed::Machine>>);

impl Machine {
    /// Works on the session, if it is open. A panic in an earlier call closed it.
    fn on<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut reconnect_embed::Machine) -> Result<T, Error>,
    ) -> PyResult<T> {
        let closed = || error(py, "closed", None, "the session is closed");
        let mut guard = self.0.lock_py_attached(py).map_err(|_| closed())?;
        work(guard.as_mut().ok_or_else(closed)?).map_err(|error| raised(py, error))
    }
}

/// Calls that take a moment, and answer with what Rust has.
macro_rules! at_a_moment {
    ($($name:ident -> $answer:ty,)*) => {
        #[pymethods]
        impl Machine {
            $(fn $name(&self, now: Given<'_>) -> PyResult<$answer> {
                let at = field(&now, "now")?;
                self.on(now.py(), |session| session.$name(at))
            })*
        }
    };
}

at_a_moment! {
    turn -> Option<String>,
    lost -> &'static str,
    open -> &'static str,
    shown -> &'static str,
    cancel -> &'static str,
    ask -> Option<String>,
    look -> String,
    outcome -> String,
}

#[pymethods]
impl Machine {
    #[new]
    fn new(now: Given<'_>, line: Given<'_>, keys: &Keys) -> PyResult<Self> {
        let session = reconnect_embed::Machine::begin(field(&now, "now")?, field(&line, "line")?, keys.0.clone());
        Ok(Self(Mutex::new(Some(session.map_err(|error| raised(now.py(), error))?))))
    }

    fn take<'py>(&self, now: Given<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (at, py) = (field(&now, "now")?, now.py());
        match self.on(py, |session| session.take(at))? {
            Work::Send(request) => Request(request).into_bound_py_any(py),
            Work::Wait(until) => until.into_bound_py_any(py),
            Work::Ask => "ask".into_bound_py_any(py),
            Work::Done => "done".into_bound_py_any(py),
            Work::TurnAgain => "turn".into_bound_py_any(py),
        }
    }

    #[getter]
    fn loaded(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.on(py, |session| Ok(session.loaded()))
    }

    fn reload(&self, now: Given<'_>, row: Option<Given<'_>>) -> PyResult<()> {
        let (at, row) = (field(&now, "now")?, row.as_ref().map(|row| field(row, "snapshot")).transpose()?);
        self.on(now.py(), |session| session.reload(at, row))
    }

    fn begin_reply(&self, status: Given<'_>, headers: Given<'_>) -> PyResult<()> {
        let (number, headers) = (field(&status, "status")?, field::<Vec<(String, String)>>(&headers, "headers")?);
        let headers = headers.iter().map(|(name, value)| (&**name, value.as_bytes()));
        self.on(status.py(), |session| {
            session.begin_reply(number, headers);
            Ok(())
        })
    }

    fn append(&self, piece: &[u8], py: Python<'_>) -> PyResult<bool> {
        self.on(py, |session| Ok(session.append(piece)))
    }

    /// Other threads run while the body is read.
    fn end_reply(&self, now: Given<'_>) -> PyResult<&'static str> {
        let (at, py) = (field(&now, "now")?, now.py());
        self.on(py, |session| py.detach(|| session.end_reply(at)))
    }

    fn fault(&self, now: Given<'_>, kind: Given<'_>, reached: Given<'_>) -> PyResult<&'static str> {
        let (at, kind, reached) = (field(&now, "now")?, field(&kind, "fault")?, field(&reached, "reached")?);
        self.on(now.py(), |session| session.fault(at, kind, reached))
    }

    fn returned(&self, now: Given<'_>, news: Given<'_>) -> PyResult<&'static str> {
        let (at, news) = (field(&now, "now")?, field(&news, "news")?);
        self.on(now.py(), |session| session.returned(at, news))
    }

    fn answer(&self, now: Given<'_>, number: Option<Given<'_>>, answers: Given<'_>) -> PyResult<&'static str> {
        let (at, number) = (field(&now, "now")?, number.as_ref().map(|number| field(number, "number")).transpose()?);
        let all: BTreeMap<String, Vec<String>> = field(&answers, "answers")?;
        let all: Vec<(&str, Vec<&str>)> =
            all.iter().map(|(prompt, values)| (&**prompt, values.iter().map(|value| &**value).collect())).collect();
        self.on(now.py(), |session| session.answer(at, number, &all))
    }

    fn confirm(&self, now: Given<'_>, login: Given<'_>) -> PyResult<&'static str> {
        let (at, login) = (field(&now, "now")?, field(&login, "loginId")?);
        self.on(now.py(), |session| session.confirm(at, login))
    }

    fn accounts(&self, py: Python<'_>) -> PyResult<Vec<accounts::Account>> {
        let all = self.on(py, |session| Ok(session.accounts()))?;
        Ok((0..all.len()).map(|index| accounts::Account { all: all.clone(), index }).collect())
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<String> {
        self.on(py, |session| Ok(session.snapshot()))
    }

    /// Forgets the session, and wipes its keys.
    fn close(&self, py: Python<'_>) {
        if let Ok(mut session) = self.0.lock_py_attached(py) {
            *session = None;
        }
    }
}

/// An argument. The message of a failed conversion might hold a piece of it.
fn field<'a, 'py, T: FromPyObject<'a, 'py>>(given: &'a Given<'py>, name: &'static str) -> PyResult<T> {
    let message = || format!("the field \"{name}\" is missing, or not what it should be");
    given.extract().map_err(|_| error(given.py(), "invalidField", Some(name), &message()))
}

fn raised(py: Python<'_>, wrong: Error) -> PyErr {
    error(py, wrong.code, wrong.field, &wrong.message)
}

fn error(py: Python<'_>, code: &str, field: Option<&str>, message: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let raised = CLASS.import(py, "reconnect._error", "Error").and_then(|class| class.call1((code, field, message)));
    raised.map_or_else(|failed| failed, PyErr::from_value)
}
