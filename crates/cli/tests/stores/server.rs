//! A store of objects within the test: what `weir` asks of one, and no more. It keeps to the rules
//! that matter here: a name is there when all of an object is, parts are long, lists come in pages.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, ETAG, IF_MATCH, LAST_MODIFIED, RANGE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The name that the store knows.
pub const KEY_ID: &str = "test-key";

/// The only bucket.
pub const BUCKET: &str = "orders";

/// How many names a page of a list has.
const PAGE: usize = 3;

/// A part that is not the last has so many bytes at least.
const PART_LEAST: usize = 5 << 20;

#[derive(Default)]
pub struct Held {
    pub objects: BTreeMap<String, Bytes>,
    /// Parts of what is not there yet, by the number of the upload.
    pub uploads: BTreeMap<u64, (String, BTreeMap<u32, Bytes>)>,
    /// How many uploads of parts there have been.
    pub begun: u64,
    /// The method, key and query of each request that was answered.
    pub asked: Vec<(Method, String, String)>,
}

type Refuses = Box<dyn Fn(&Method, &str, &str) -> bool + Send>;

pub struct Server {
    pub held: Arc<Mutex<Held>>,
    refuses: Arc<Mutex<Option<Refuses>>>,
    address: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    pub fn start() -> Server {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let held: Arc<Mutex<Held>> = Arc::default();
        let refuses: Arc<Mutex<Option<Refuses>>> = Arc::default();
        let (own, own_refuses) = (Arc::clone(&held), Arc::clone(&refuses));
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (held, refuses) = (Arc::clone(&own), Arc::clone(&own_refuses));
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        served(Arc::clone(&held), Arc::clone(&refuses), request)
                    });
                    let connection = hyper::server::conn::http1::Builder::new();
                    _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Server { held, refuses, address, _runtime: runtime }
    }

    /// What a program has to know to reach it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("WEIR_STORE_PATIENCE", "1".to_owned()),
        ]
    }

    /// From now on the connection is cut on such requests; on none of them where nothing is given.
    pub fn refuse(&self, refuses: Option<Refuses>) {
        *self.refuses.lock().unwrap() = refuses;
    }

    /// The names below a prefix.
    pub fn names(&self, prefix: &str) -> BTreeSet<String> {
        let held = self.held.lock().unwrap();
        held.objects.keys().filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    pub fn get(&self, key: &str) -> Bytes {
        let held = self.held.lock().unwrap();
        held.objects.get(key).unwrap_or_else(|| panic!("no object {key}")).clone()
    }

    pub fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        self.held.lock().unwrap().objects.insert(key.to_owned(), bytes.into());
    }
}

/// The connection is cut.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

async fn served(
    held: Arc<Mutex<Held>>,
    refuses: Arc<Mutex<Option<Refuses>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let path = percent_decode_str(head.uri.path()).decode_utf8().unwrap().into_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    if refuses.lock().unwrap().as_ref().is_some_and(|refuses| refuses(&head.method, key, &query)) {
        return Err(Cut);
    }
    let signed = head.headers.get(AUTHORIZATION).and_then(|text| text.to_str().ok());
    if !signed.is_some_and(|text| text.contains(&format!("Credential={KEY_ID}/"))) {
        return Ok(refused(StatusCode::FORBIDDEN, "InvalidAccessKeyId"));
    }
    if bucket != BUCKET {
        return Ok(refused(StatusCode::NOT_FOUND, "NoSuchBucket"));
    }
    let header = |name| head.headers.get(name).and_then(|text| text.to_str().ok());
    let mut held = held.lock().unwrap();
    held.asked.push((head.method.clone(), key.to_owned(), query.clone()));
    let query = Query(&query);
    Ok(match (&head.method, query.value("uploadId").map(|id| id.parse::<u64>().unwrap())) {
        (&Method::GET, None) if query.value("list-type").is_some() => list(&held, &query),
        (&Method::GET | &Method::HEAD, None) => {
            get(&held, &head.method, key, header(RANGE), header(IF_MATCH))
        }
        (&Method::PUT, None) => {
            held.objects.insert(key.to_owned(), body.clone());
            with_etag(&body)
        }
        (&Method::PUT, Some(id)) => {
            let number = query.value("partNumber").unwrap().parse().unwrap();
            let Some((_, parts)) = held.uploads.get_mut(&id) else {
                return Ok(refused(StatusCode::NOT_FOUND, "NoSuchUpload"));
            };
            parts.insert(number, body.clone());
            with_etag(&body)
        }
        (&Method::POST, None) if query.has("delete") => remove(&mut held, &body),
        (&Method::POST, None) if query.has("uploads") => {
            held.begun += 1;
            let id = held.begun;
            held.uploads.insert(id, (key.to_owned(), BTreeMap::new()));
            answer(format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId>\
                 </InitiateMultipartUploadResult>"
            ))
        }
        (&Method::POST, Some(id)) => complete(&mut held, id, &body),
        (&Method::DELETE, Some(id)) => {
            held.uploads.remove(&id);
            Response::builder().status(204).body(Full::default()).unwrap()
        }
        (&Method::DELETE, None) => {
            held.objects.remove(key);
            Response::builder().status(204).body(Full::default()).unwrap()
        }
        _ => refused(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    })
}

struct Query<'q>(&'q str);

impl Query<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let value =
            self.0.split('&').find_map(|pair| pair.split_once('=').filter(|it| it.0 == name));
        let value = value?.1.replace('+', " ");
        Some(percent_decode_str(&value).decode_utf8().unwrap().into_owned())
    }

    fn has(&self, name: &str) -> bool {
        self.0.split('&').any(|pair| pair.split('=').next() == Some(name))
    }
}

fn etag(bytes: &[u8]) -> String {
    let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

fn answer(text: String) -> Response<Full<Bytes>> {
    Response::new(Full::from(text))
}

fn with_etag(bytes: &[u8]) -> Response<Full<Bytes>> {
    Response::builder().header(ETAG, etag(bytes)).body(Full::default()).unwrap()
}

fn refused(status: StatusCode, code: &str) -> Response<Full<Bytes>> {
    let text = format!("<Error><Code>{code}</Code><Message>refused</Message></Error>");
    Response::builder().status(status).body(Full::from(text)).unwrap()
}

fn get(
    held: &Held,
    method: &Method,
    key: &str,
    range: Option<&str>,
    if_match: Option<&str>,
) -> Response<Full<Bytes>> {
    let Some(bytes) = held.objects.get(key) else {
        return refused(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    if if_match.is_some_and(|wanted| wanted != etag(bytes)) {
        return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    let response = Response::builder()
        .header(ETAG, etag(bytes))
        .header(LAST_MODIFIED, "Mon, 02 Jun 2025 10:00:00 GMT");
    if method == Method::HEAD {
        return response.header(CONTENT_LENGTH, bytes.len()).body(Full::default()).unwrap();
    }
    let Some(range) = range.map(|text| text.strip_prefix("bytes=").unwrap()) else {
        return response.body(Full::from(bytes.clone())).unwrap();
    };
    let (first, last) = range.split_once('-').unwrap();
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let last = last.min(bytes.len() - 1);
    response
        .status(206)
        .header("Content-Range", format!("bytes {first}-{last}/{}", bytes.len()))
        .body(Full::from(bytes.slice(first..=last)))
        .unwrap()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn list(held: &Held, query: &Query<'_>) -> Response<Full<Bytes>> {
    let prefix = query.value("prefix").unwrap_or_default();
    let after = query.value("continuation-token").unwrap_or_default();
    let found = held.objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after);
    let found: Vec<_> = found.take(PAGE + 1).collect();
    let mut text = String::from("<ListBucketResult>");
    for (key, bytes) in found.iter().take(PAGE) {
        text += &format!(
            "<Contents><Key>{}</Key><LastModified>2025-06-02T10:00:00.000Z</LastModified>\
             <ETag>{}</ETag><Size>{}</Size></Contents>",
            escaped(key),
            etag(bytes).replace('"', "&quot;"),
            bytes.len()
        );
    }
    if found.len() > PAGE {
        let next = escaped(found[PAGE - 1].0);
        text += &format!("<NextContinuationToken>{next}</NextContinuationToken>");
    }
    answer(text + "</ListBucketResult>")
}

fn remove(held: &mut Held, body: &[u8]) -> Response<Full<Bytes>> {
    let text = std::str::from_utf8(body).unwrap();
    let mut done = String::from("<DeleteResult>");
    for key in text.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap()) {
        let plain = key.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        held.objects.remove(&plain);
        done += &format!("<Deleted><Key>{key}</Key></Deleted>");
    }
    answer(done + "</DeleteResult>")
}

fn complete(held: &mut Held, id: u64, body: &[u8]) -> Response<Full<Bytes>> {
    let Some((key, parts)) = held.uploads.remove(&id) else {
        return refused(StatusCode::NOT_FOUND, "NoSuchUpload");
    };
    let text = std::str::from_utf8(body).unwrap();
    let numbers = text.split("<PartNumber>").skip(1);
    let numbers: Vec<u32> =
        numbers.map(|rest| rest.split('<').next().unwrap().parse().unwrap()).collect();
    let is_short = |number: &u32| parts[number].len() < PART_LEAST;
    if numbers.split_last().is_some_and(|(_, before)| before.iter().any(is_short)) {
        return refused(StatusCode::BAD_REQUEST, "EntityTooSmall");
    }
    let whole: Vec<u8> = numbers.iter().flat_map(|number| parts[number].to_vec()).collect();
    let etag = etag(&whole).replace('"', "&quot;");
    held.objects.insert(key, whole.into());
    answer(format!(
        "<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
    ))
}
