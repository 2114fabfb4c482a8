//! What a store says when it refuses, in words that say what to set. They hold no semicolon: they
//! stand within messages that have one.

use std::io::{self, ErrorKind};

use object_store::Error;

/// What a store said, and whether it may say something else later.
#[derive(Clone, Debug)]
pub(super) struct Failing {
    pub kind: ErrorKind,
    pub message: String,
    /// Whether it says nothing of the file: the store, the way to it, or the credentials are gone.
    pub is_lost: bool,
}

impl From<Failing> for io::Error {
    fn from(failing: Failing) -> io::Error {
        io::Error::new(failing.kind, failing.message)
    }
}

const CREDENTIALS: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN \
                           where there is one";

/// Puts an error of a bucket into words.
pub(super) fn failing(error: &Error, bucket: &str, endpoint: &str) -> Failing {
    let said = error.to_string();
    let code = between(&said, "<Code>", "</Code>").unwrap_or_default();
    let (kind, is_lost, message) = match (error, code) {
        (_, "NoSuchBucket") => (
            ErrorKind::NotFound,
            true,
            format!(
                "there is no bucket `{bucket}` at {endpoint} (AWS_ENDPOINT_URL and AWS_REGION say \
                 where it is)"
            ),
        ),
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken") => (
            ErrorKind::PermissionDenied,
            true,
            format!("{endpoint} does not take the credentials, {code} ({CREDENTIALS})"),
        ),
        (
            _,
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException",
        ) => (
            ErrorKind::InvalidInput,
            true,
            format!("the bucket `{bucket}` is in another region (set AWS_REGION)"),
        ),
        (Error::NotFound { .. }, _) => {
            (ErrorKind::NotFound, false, "there is no object of that name".to_owned())
        }
        (Error::Precondition { .. }, _) => {
            (ErrorKind::InvalidData, false, "it was changed while it was read".to_owned())
        }
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, _) => (
            ErrorKind::PermissionDenied,
            code != "AccessDenied",
            format!(
                "{endpoint} refuses access with these credentials (let them list, read and write \
                 there, or {CREDENTIALS})"
            ),
        ),
        _ => (ErrorKind::Other, true, unnamed(error, &said, endpoint)),
    };
    Failing { kind, message, is_lost }
}

/// What has no code of its own.
fn unnamed(error: &Error, said: &str, endpoint: &str) -> String {
    if said.contains("169.254.169.254") || said.contains("instance metadata") {
        return format!("there are no credentials for {endpoint} ({CREDENTIALS})");
    }
    if said.contains("without LOCATION") {
        return format!("the bucket is in another region than {endpoint} (set AWS_REGION)");
    }
    let last = last(error);
    if last.contains("scheme is not allowed") {
        return format!("{endpoint} is not encrypted (AWS_ALLOW_HTTP=true allows that)");
    }
    if said.contains("error sending request") || said.contains("onnection") {
        return format!("{endpoint} cannot be reached (AWS_ENDPOINT_URL names the store): {last}");
    }
    format!("{endpoint} says: {last}")
}

/// The innermost cause, which says most.
fn last(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(start)?;
    after.split_once(end).map(|(inner, _)| inner)
}
