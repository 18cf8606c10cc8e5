//! The sample application: a web server that signs people in with OpenID Connect and shows what it learned.
//!
//! `main.rs` runs it alone; `vestibule demo` runs the very same files. It uses nothing of Vestibule: everything
//! it knows comes from the issuer's discovery document.

mod openid;
mod pages;
mod visitors;

use std::net::TcpListener;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Server;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::Deserialize;

use openid::{Failure, OpenId, Reply};
use visitors::Visitors;

/// What this application must be told; the rest it discovers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// As in the `iss` of its tokens, a trailing slash included.
    pub issuer: String,
    pub client_id: String,
    /// `None`: a public client.
    pub client_secret: Option<String>,
    /// This application's own address, without a slash at the end.
    pub url: String,
    /// A connection to offer a direct way to.
    pub connection: Option<String>,
    /// E-mail addresses and passwords that the first page offers to try.
    pub accounts: Vec<(String, String)>,
}

impl Settings {
    /// The redirect URI to register.
    pub fn callback(&self) -> String {
        format!("{}/callback", self.url)
    }

    /// Where a sign-out returns to (`post_logout_redirect_uri`), to register as well.
    pub fn home(&self) -> String {
        format!("{}/", self.url)
    }
}

struct Application {
    settings: Settings,
    openid: OpenId,
    visitors: Visitors,
    /// Cookies ignore ports: two applications on one host must not share a name.
    cookie_name: String,
}

/// Serves the application until the returned server is stopped. Run it inside an actix system.
///
/// # Errors
/// The listener cannot be used.
pub fn start(settings: Settings, listener: TcpListener) -> std::io::Result<Server> {
    let application = web::Data::new(Application {
        cookie_name: format!("sample-application-{}", listener.local_addr()?.port()),
        openid: OpenId::new(settings.clone()).map_err(std::io::Error::other)?,
        visitors: Visitors::default(),
        settings,
    });
    let server = HttpServer::new(move || {
        let headers = DefaultHeaders::new()
            .add((
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            ))
            .add(("Referrer-Policy", "no-referrer"))
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Cache-Control", "no-store"));
        App::new()
            .app_data(application.clone())
            .wrap(headers)
            .route("/", web::get().to(home))
            .route("/sign-in", web::get().to(sign_in))
            .route("/callback", web::get().to(callback))
            .route("/sign-out", web::post().to(sign_out))
            .route("/style.css", web::get().to(style))
            .default_service(web::to(nothing_here))
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

/// `GET /`: what is about to happen, or what was learned.
async fn home(request: HttpRequest, application: web::Data<Application>) -> HttpResponse {
    let visitor = visitor_of(&request, &application).and_then(|id| application.visitors.signed_in(&id));
    page(match visitor {
        Some(person) => pages::signed_in(&application.settings, &person),
        None => pages::welcome(&application.settings),
    })
}

#[derive(Deserialize)]
struct SignInChoice {
    connection: Option<String>,
    login_hint: Option<String>,
    /// `select_account`: as somebody else than who is signed in.
    prompt: Option<String>,
}

impl SignInChoice {
    /// As parameters of the authorization request.
    fn into_pairs(self) -> [(&'static str, Option<String>); 3] {
        [("connection", self.connection), ("login_hint", self.login_hint), ("prompt", self.prompt)]
    }
}

/// `GET /sign-in`: sends the browser to the issuer.
async fn sign_in(
    request: HttpRequest,
    application: web::Data<Application>,
    choice: web::Query<SignInChoice>,
) -> HttpResponse {
    match application.openid.begin(choice.into_inner().into_pairs()).await {
        Ok((address, pending)) => {
            let visitor = visitor_of(&request, &application);
            let visitor = application.visitors.remember(visitor, pending);
            HttpResponse::SeeOther()
                .cookie(cookie(&application, visitor))
                .insert_header((LOCATION, address.to_string()))
                .finish()
        }
        Err(failure) => refusal(&application, &failure),
    }
}

/// `GET /callback`: the issuer's answer.
async fn callback(request: HttpRequest, application: web::Data<Application>) -> HttpResponse {
    let finished = match serde_urlencoded::from_str::<Reply>(request.query_string()) {
        Ok(reply) => finish(&request, &application, reply).await,
        Err(_) => Err(Failure::Unreadable),
    };
    match finished {
        // A new cookie: whoever knew the one from before the sign-in gains nothing.
        Ok(visitor) => HttpResponse::SeeOther()
            .cookie(cookie(&application, visitor))
            .insert_header((LOCATION, "/"))
            .finish(),
        Err(failure) => refusal(&application, &failure),
    }
}

async fn finish(request: &HttpRequest, application: &Application, reply: Reply) -> Result<String, Failure> {
    let pending = visitor_of(request, application)
        .and_then(|id| application.visitors.take(&id, reply.state.as_deref()?))
        .ok_or(Failure::NotOurs)?;
    let person = application.openid.finish(pending, reply).await?;
    Ok(application.visitors.welcome(visitor_of(request, application), person))
}

/// `POST /sign-out`: ends the session here, then at the issuer.
async fn sign_out(request: HttpRequest, application: web::Data<Application>) -> HttpResponse {
    let person = visitor_of(&request, &application).and_then(|id| application.visitors.forget(&id));
    let mut expired = cookie(&application, String::new());
    expired.make_removal();
    let address = match person {
        Some(person) => application.openid.sign_out_address(&person.id_token).await,
        None => Ok(None),
    };
    match address {
        Ok(address) => {
            let address = address.map_or_else(|| "/".to_owned(), |address| address.to_string());
            HttpResponse::SeeOther().cookie(expired).insert_header((LOCATION, address)).finish()
        }
        Err(failure) => {
            let mut response = refusal(&application, &failure);
            // Only a malformed cookie could not be added, and this one is ours.
            let _ = response.add_removal_cookie(&expired);
            response
        }
    }
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .body(include_str!("style.css"))
}

async fn nothing_here(application: web::Data<Application>) -> HttpResponse {
    HttpResponse::NotFound()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(pages::nothing_here(&application.settings))
}

fn page(html: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(html)
}

fn refusal(application: &Application, failure: &Failure) -> HttpResponse {
    HttpResponse::BadRequest()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(pages::failure(&application.settings, failure))
}

fn visitor_of(request: &HttpRequest, application: &Application) -> Option<String> {
    request.cookie(&application.cookie_name).map(|cookie| cookie.value().to_owned())
}

fn cookie(application: &Application, visitor: String) -> Cookie<'static> {
    Cookie::build(application.cookie_name.clone(), visitor)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(application.settings.url.starts_with("https:"))
        .finish()
}
