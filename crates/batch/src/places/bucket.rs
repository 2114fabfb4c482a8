//! A bucket of a store that speaks the protocol of S3. The rest of the program waits for what it
//! asks: requests run on threads of their own.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::failing::failing;
use super::{About, STORE, Standing};

/// Says for how many seconds a store that does not answer is asked again.
const PATIENCE: &str = "WEIR_STORE_PATIENCE";

/// So long it is by default.
const PATIENCE_SECONDS: u64 = 60;

/// So long it is for the first answer: who is not there from the start was named wrongly.
const FIRST_SECONDS: u64 = 5;

/// How many short questions are asked at once.
const AT_ONCE: usize = 32;

/// How long is waited for what was given up to be gone.
const SETTLE: Duration = Duration::from_secs(10);

/// A bucket.
pub(crate) struct Bucket {
    name: String,
    endpoint: String,
    store: Arc<dyn ObjectStore>,
    /// The same store, asked again for a short while only.
    first: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    /// What was given up and is being removed.
    leaving: Mutex<Vec<JoinHandle<()>>>,
}

/// What variables say of a store. One that is empty is not set: Compose and Kubernetes pass on what
/// nobody gave as an empty text.
fn settings(variables: impl Iterator<Item = (OsString, OsString)>) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::default();
    for (name, value) in variables {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        if name.starts_with("AWS_")
            && !value.trim().is_empty()
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

/// Buckets are opened once; all share the threads.
#[derive(Default)]
struct Opened {
    runtime: Option<Arc<Runtime>>,
    buckets: HashMap<String, Arc<Bucket>>,
}

static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

impl Bucket {
    /// The bucket of an address. What it takes to reach it is in the environment.
    pub fn of(path: &Path) -> io::Result<Arc<Bucket>> {
        let (name, _) = parts(path)?;
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = opened.get_or_insert_default();
        if let Some(bucket) = opened.buckets.get(name) {
            return Ok(Arc::clone(bucket));
        }
        let runtime = match &opened.runtime {
            Some(runtime) => Arc::clone(runtime),
            None => {
                let mut builder = Builder::new_multi_thread();
                let runtime =
                    builder.worker_threads(2).enable_all().thread_name("store").build()?;
                Arc::clone(opened.runtime.insert(Arc::new(runtime)))
            }
        };
        let bucket = Arc::new(Bucket::open(name, runtime)?);
        opened.buckets.insert(name.to_owned(), Arc::clone(&bucket));
        Ok(bucket)
    }

    fn open(name: &str, runtime: Arc<Runtime>) -> io::Result<Bucket> {
        let patience = match std::env::var(PATIENCE) {
            Err(_) => PATIENCE_SECONDS,
            Ok(text) if text.trim().is_empty() => PATIENCE_SECONDS,
            Ok(text) => text.trim().parse().map_err(|_| {
                io::Error::other(format!("{PATIENCE} is `{text}`; give a number of seconds"))
            })?,
        };
        let settings = settings(std::env::vars_os()).with_bucket_name(name);
        let said = |key| settings.get_config_value(&key).filter(|text| !text.is_empty());
        let endpoint = said(AmazonS3ConfigKey::S3Endpoint);
        let endpoint = endpoint.or_else(|| said(AmazonS3ConfigKey::Endpoint));
        let endpoint = endpoint.unwrap_or_else(|| match said(AmazonS3ConfigKey::Region) {
            Some(region) => format!("https://s3.{region}.amazonaws.com"),
            None => "https://s3.us-east-1.amazonaws.com".to_owned(),
        });
        let store = |seconds: u64| -> io::Result<Arc<dyn ObjectStore>> {
            let retry = RetryConfig {
                backoff: BackoffConfig {
                    max_backoff: Duration::from_secs(5),
                    ..BackoffConfig::default()
                },
                max_retries: usize::MAX,
                retry_timeout: Duration::from_secs(seconds),
            };
            let store = settings.clone().with_retry(retry).build();
            Ok(Arc::new(store.map_err(|why| failing(&why, name, &endpoint))?))
        };
        Ok(Bucket {
            name: name.to_owned(),
            store: store(patience)?,
            first: store(patience.min(FIRST_SECONDS))?,
            endpoint,
            runtime,
            leaving: Mutex::new(Vec::new()),
        })
    }

    /// The store, for what takes longer than a question.
    pub(super) fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Begins something; what is received in the end is what came of it.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> mpsc::Receiver<T> {
        let (send, receive) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Who no longer waits does not want to know.
            _ = send.send(work.await);
        });
        receive
    }

    /// Does something and waits for it.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> io::Result<T> {
        self.received(&self.begin(work))
    }

    /// Waits for what was begun.
    pub(super) fn received<T>(&self, from: &mpsc::Receiver<Result<T, Error>>) -> io::Result<T> {
        match from.recv() {
            Ok(answer) => answer.map_err(|why| self.failed(&why)),
            Err(_) => Err(io::Error::other("a request was not answered")),
        }
    }

    fn failed(&self, why: &Error) -> io::Error {
        failing(why, &self.name, &self.endpoint).into()
    }

    /// An error in words, and whether the store was lost.
    pub(super) fn failing(&self, why: &Error) -> super::failing::Failing {
        failing(why, &self.name, &self.endpoint)
    }

    /// Lets something that was given up go, without waiting for it.
    pub(super) fn leave(&self, work: impl Future<Output = ()> + Send + 'static) {
        let leaving = self.runtime.spawn(work);
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).push(leaving);
    }

    /// Waits a while until what was given up is gone.
    pub fn settle(&self) {
        let leaving =
            std::mem::take(&mut *self.leaving.lock().unwrap_or_else(PoisonError::into_inner));
        if leaving.is_empty() {
            return;
        }
        let all = self.begin(async move {
            // What takes longer is left to the store.
            _ = tokio::time::timeout(SETTLE, futures::future::join_all(leaving)).await;
        });
        _ = all.recv();
    }

    /// Sees whether the bucket is there and can be listed.
    pub fn reach(&self, folder: &Path) -> io::Result<()> {
        let prefix = key(folder)?;
        let store = Arc::clone(&self.first);
        self.wait(async move { store.list(Some(&prefix)).next().await.transpose() }).map(|_| ())
    }

    /// What is known of an object.
    pub fn head(&self, path: &Path) -> io::Result<About> {
        let (store, key) = (Arc::clone(&self.first), key(path)?);
        self.wait(async move { store.head(&key).await }).map(|meta| about(&meta))
    }

    /// What stands under an address. A bucket is a folder, and so is what objects begin with.
    pub fn look(&self, path: &Path) -> io::Result<Standing> {
        use io::ErrorKind::{NotFound, PermissionDenied};
        let prefix = key(path)?;
        let mut refused = None;
        if !prefix.as_ref().is_empty() {
            match self.head(path) {
                Ok(about) => return Ok(Standing::File(about)),
                // Such an answer says nothing more. That to a list says why.
                Err(why) if why.kind() == PermissionDenied => refused = Some(why),
                Err(why) if why.kind() == NotFound => {}
                Err(why) => return Err(why),
            }
        }
        let store = Arc::clone(&self.first);
        match self.wait(async move { store.list(Some(&prefix)).next().await.transpose() })? {
            Some(_) => Ok(Standing::Folder),
            None => {
                let why = "there is no object of that name, and none below it";
                Err(refused.unwrap_or_else(|| io::Error::new(NotFound, why)))
            }
        }
    }

    /// All objects below an address, in order.
    pub fn objects_below(&self, folder: &Path) -> io::Result<Vec<(PathBuf, About)>> {
        let prefix = key(folder)?;
        let store = Arc::clone(&self.store);
        let found: Vec<ObjectMeta> =
            self.wait(async move { store.list(Some(&prefix)).try_collect().await })?;
        let path =
            |meta: &ObjectMeta| PathBuf::from(format!("{STORE}{}/{}", self.name, meta.location));
        let mut found: Vec<(PathBuf, About)> =
            found.iter().map(|meta| (path(meta), about(meta))).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    /// How long objects are; nothing for those that are not there.
    pub fn sizes(&self, paths: &[PathBuf]) -> Vec<Option<u64>> {
        let store = &self.store;
        let one = |path: &PathBuf| {
            let (store, key) = (Arc::clone(store), key(path).ok());
            async move { Some(store.head(&key?).await.ok()?.size) }
        };
        let asked: Vec<_> = paths.iter().map(one).collect();
        let all = async move { Ok(stream::iter(asked).buffered(AT_ONCE).collect().await) };
        self.wait(all).unwrap_or_else(|_| vec![None; paths.len()])
    }

    /// All of a short object.
    pub fn get(&self, path: &Path) -> io::Result<Vec<u8>> {
        let (store, key) = (Arc::clone(&self.store), key(path)?);
        self.wait(async move { store.get(&key).await?.bytes().await }).map(Vec::from)
    }

    /// Writes a short object.
    pub fn put(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let (store, key) = (Arc::clone(&self.store), key(path)?);
        self.wait(async move { store.put(&key, PutPayload::from(bytes)).await }).map(|_| ())
    }

    /// Removes an object.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        let (store, key) = (Arc::clone(&self.store), key(path)?);
        self.wait(async move { store.delete(&key).await })
    }
}

fn about(meta: &ObjectMeta) -> About {
    let version = match &meta.e_tag {
        Some(etag) => etag.clone(),
        None => meta.last_modified.to_rfc3339(),
    };
    About { bytes: meta.size, version, etag: meta.e_tag.clone() }
}

/// The bucket of an address, and what stands after it.
fn parts(path: &Path) -> io::Result<(&str, &str)> {
    let text = path.to_str().and_then(|text| text.strip_prefix(STORE));
    let Some(text) = text else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the address is not Unicode"));
    };
    Ok(text.split_once('/').unwrap_or((text, "")))
}

/// The key of an address.
pub(super) fn key(path: &Path) -> io::Result<Key> {
    let (_, text) = parts(path)?;
    let why = |why| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("no object can have that name: {why}"))
    };
    Key::parse(text).map_err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_without_a_value_is_not_set() {
        let of = |value: &str| {
            let pair = |name: &&str| (OsString::from(name), OsString::from(value));
            let names = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SESSION_TOKEN", "OTHER_REGION"];
            settings(names.iter().map(pair).collect::<Vec<_>>().into_iter())
        };
        let keys =
            [AmazonS3ConfigKey::Endpoint, AmazonS3ConfigKey::Region, AmazonS3ConfigKey::Token];
        for key in &keys {
            assert_eq!(of("here").get_config_value(key).as_deref(), Some("here"));
            assert_eq!(of("").get_config_value(key), None);
            assert_eq!(of(" ").get_config_value(key), None);
        }
        let plain = |value: &str| (OsString::from("AWS_ALLOW_HTTP"), OsString::from(value));
        let built = |value| {
            let settings = settings([plain(value)].into_iter()).with_bucket_name("b");
            settings.build().map_err(|why| why.to_string())
        };
        assert!(built("").is_ok() && built("true").is_ok());
        assert!(built("perhaps").is_err());
    }
}
