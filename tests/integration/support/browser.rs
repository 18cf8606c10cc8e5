//! The smallest browser a sign-in needs: a cookie jar, redirects taken by hand, HTML forms. It runs no script.

use std::collections::HashMap;
use std::net::IpAddr;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use url::Url;

use super::html::{self, Form};

/// Pages on the way at most.
const HOPS: usize = 20;

pub type Fields = Vec<(String, String)>;

#[derive(Clone, Debug)]
pub struct Cookie {
    pub host: String,
    pub path: String,
    pub name: String,
    pub value: String,
    pub secure: bool,
    /// `strict`, `lax` or `none`; `lax` where none was given.
    pub same_site: String,
}

/// A jar and a history. Cookies ignore ports, as in every browser.
#[derive(Clone, Debug)]
pub struct Browser {
    client: reqwest::Client,
    cookies: Vec<Cookie>,
    /// Sent with every request.
    pub headers: HeaderMap,
    /// Addresses that begin like this are not asked for: the walk ends there.
    pub stop_at: Option<String>,
    /// Every address asked for, in order.
    pub visited: Vec<String>,
}

/// What a browser shows, or where its walk stopped.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// The form on its way to `url`, where the walk stopped before a POST.
    pub posted: Option<Fields>,
    /// The walk ended before asking for `url`.
    pub stopped: bool,
}

impl Page {
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.text, &self.url)
    }

    /// The form with that `id`.
    pub fn form(&self, id: &str) -> Form {
        let forms = self.forms();
        forms.into_iter().find(|form| form.id == id).unwrap_or_else(|| panic!("no form {id} in {self:?}"))
    }

    /// What an application reads of an answer: the posted fields, the fragment, or the query.
    pub fn answer(&self) -> Fields {
        let in_address = || match self.url.fragment() {
            Some(fragment) => url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect(),
            None => self.url.query_pairs().into_owned().collect(),
        };
        self.posted.clone().unwrap_or_else(in_address)
    }

    /// One field of [`Page::answer`].
    pub fn answered(&self, name: &str) -> Option<String> {
        self.answer().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl Browser {
    /// A fresh profile.
    pub fn new() -> Self {
        Self::trusting(&[])
    }

    /// A fresh profile that trusts these certificate authorities (PEM) beside the usual ones.
    pub fn trusting(authorities: &[&str]) -> Self {
        Self::with(authorities, None)
    }

    /// A fresh profile on another machine: its connections come from `address`.
    pub fn at(address: IpAddr) -> Self {
        Self::with(&[], Some(address))
    }

    fn with(authorities: &[&str], address: Option<IpAddr>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the person's browser, not the hub")]
        let mut client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        // A real browser asks again when the server closes an idle connection at the moment of its use; this one would
        // fail.
        client = client.pool_max_idle_per_host(0).local_address(address);
        for authority in authorities {
            client =
                client.add_root_certificate(reqwest::Certificate::from_pem(authority.as_bytes()).unwrap());
        }
        Self {
            client: client.build().unwrap(),
            cookies: Vec::new(),
            headers: HeaderMap::new(),
            stop_at: None,
            visited: Vec::new(),
        }
    }

    /// The same, and the walk ends before addresses that begin with `prefix`.
    pub fn stopping_at(mut self, prefix: &str) -> Self {
        self.stop_at = Some(prefix.into());
        self
    }

    pub fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    /// Asks for `url` and follows redirects.
    pub async fn open(&mut self, url: &str) -> Page {
        self.request(Url::parse(url).unwrap(), None, None).await
    }

    /// Sends `fields` to `url` as a form on a page of `from` would.
    pub async fn post(&mut self, url: &str, fields: Fields, from: Option<&Url>) -> Page {
        self.request(Url::parse(url).unwrap(), Some(fields), from).await
    }

    /// Submits `form` of `page`: its own values, `answers` in their place, and its first button.
    pub async fn submit(&mut self, page: &Page, form: &Form, answers: &[(&str, &str)]) -> Page {
        let answers: HashMap<&str, &str> = answers.iter().copied().collect();
        let own = form.fields.iter().map(|field| {
            let value = answers.get(field.name.as_str()).map_or(field.value.as_str(), |answer| *answer);
            (field.name.clone(), value.to_owned())
        });
        let mut fields: Fields = own.collect();
        fields.extend(
            form.buttons
                .first()
                .filter(|button| !button.name.is_empty())
                .map(|button| (button.name.clone(), button.value.clone())),
        );
        if form.is_post {
            return self.request(form.action.clone(), Some(fields), Some(&page.url)).await;
        }
        let mut url = form.action.clone();
        url.query_pairs_mut().clear().extend_pairs(fields);
        self.request(url, None, Some(&page.url)).await
    }

    /// Opens `url` and goes on through every page that asks for nothing but what `answers` knows.
    pub async fn walk(&mut self, url: &str, answers: &[(&str, &str)]) -> Page {
        let page = self.open(url).await;
        self.walk_on(page, answers).await
    }

    /// [`Browser::walk`] from a page already there.
    pub async fn walk_on(&mut self, mut page: Page, answers: &[(&str, &str)]) -> Page {
        for _ in 0..HOPS {
            let asks_only_what_is_known = |form: &Form| {
                form.is_post
                    && form
                        .fields
                        .iter()
                        .all(|field| field.is_hidden || answers.iter().any(|(name, _)| *name == field.name))
            };
            let form = page.forms().into_iter().find(asks_only_what_is_known);
            let Some(form) = form.filter(|_| !page.stopped) else { return page };
            page = self.submit(&page, &form, answers).await;
        }
        panic!("no end after {HOPS} pages, the last at {}", page.url);
    }

    async fn request(&mut self, mut url: Url, mut form: Option<Fields>, from: Option<&Url>) -> Page {
        for _ in 0..HOPS {
            if self.stop_at.as_deref().is_some_and(|prefix| url.as_str().starts_with(prefix)) {
                return Page {
                    url,
                    status: StatusCode::OK,
                    headers: HeaderMap::new(),
                    text: String::new(),
                    posted: form,
                    stopped: true,
                };
            }
            self.visited.push(url.to_string());
            let method = if form.is_some() { Method::POST } else { Method::GET };
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .headers(self.headers.clone())
                .header(ACCEPT, "text/html");
            let cookies = self.cookie_header(&url, &method, from);
            if !cookies.is_empty() {
                request = request.header(COOKIE, cookies);
            }
            if let Some(fields) = &form {
                let origin = from.map_or_else(|| "null".into(), |from| from.origin().ascii_serialization());
                request = request
                    .header(ORIGIN, origin)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(serde_urlencoded::to_string(fields).unwrap());
            }
            let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
            self.remember(&url, response.headers());
            let (status, headers) = (response.status(), response.headers().clone());
            let next = headers.get(LOCATION).filter(|_| status.is_redirection());
            let Some(next) = next.and_then(|next| next.to_str().ok()) else {
                let text = response.text().await.unwrap();
                return Page { url, status, headers, text, posted: None, stopped: false };
            };
            url = url.join(next).unwrap_or_else(|error| panic!("{url} redirects to {next}: {error}"));
            if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                form = None;
            }
        }
        panic!("more than {HOPS} redirects, the last to {url}");
    }

    /// The cookies for a request to `url` made by a page of `from`. A POST from another site carries no `Lax`
    /// cookie, and nothing from another site carries a `Strict` one.
    fn cookie_header(&self, url: &Url, method: &Method, from: Option<&Url>) -> String {
        let cross_site = from.is_some_and(|from| site(from) != site(url));
        let sent = self.cookies.iter().filter(|cookie| {
            let same_site = match cookie.same_site.as_str() {
                "none" => true,
                "lax" => !cross_site || method == Method::GET,
                _ => !cross_site,
            };
            same_site
                && Some(cookie.host.as_str()) == url.host_str()
                && path_matches(url.path(), &cookie.path)
                && (!cookie.secure || is_trustworthy(url))
        });
        sent.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; ")
    }

    fn remember(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let Some((cookie, is_gone)) = read_cookie(url, line.to_str().unwrap()) else { continue };
            self.cookies.retain(|known| {
                (&known.host, &known.path, &known.name) != (&cookie.host, &cookie.path, &cookie.name)
            });
            if !is_gone {
                self.cookies.push(cookie);
            }
        }
    }
}

/// The cookie of a `Set-Cookie` line and whether it says that the cookie is gone; `None` where a browser
/// ignores the line.
fn read_cookie(url: &Url, line: &str) -> Option<(Cookie, bool)> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let attributes: HashMap<String, &str> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(key, value)| (key.to_ascii_lowercase(), value))
        .collect();
    let attribute = |name: &str| attributes.get(name).copied();
    let secure = attributes.contains_key("secure");
    let same_site = attribute("samesite").unwrap_or("lax").to_ascii_lowercase();
    let path = attribute("path").filter(|path| path.starts_with('/')).unwrap_or("/").to_owned();
    let prefix_holds = match name {
        _ if name.starts_with("__Host-") => secure && path == "/" && !attributes.contains_key("domain"),
        _ if name.starts_with("__Secure-") => secure,
        _ => true,
    };
    if (secure && !is_trustworthy(url)) || (same_site == "none" && !secure) || !prefix_holds {
        return None;
    }
    let is_gone = match (attribute("max-age"), attribute("expires")) {
        (Some(seconds), _) => seconds.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
        (None, Some(date)) => date.contains(" 1970 "),
        (None, None) => false,
    };
    let host = url.host_str()?.to_owned();
    let cookie = Cookie { host, path, name: name.into(), value: value.into(), secure, same_site };
    Some((cookie, is_gone))
}

/// Chromium and Firefox take `Secure` cookies of loopback hosts without TLS too.
fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url.host_str().unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// Scheme and registrable domain, as far as names on one machine need it. The port is no part of a site.
fn site(url: &Url) -> (String, String) {
    let host = url.host_str().unwrap_or_default();
    let labels: Vec<&str> = host.rsplit('.').take(2).collect();
    let domain = if is_loopback(host) { host.to_owned() } else { labels.join(".") };
    (url.scheme().to_owned(), domain)
}

/// RFC 6265 §5.1.4.
fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}
