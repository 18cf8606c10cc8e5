//! Logos of connections: what is taken, what is served, and from where.

use actix_web::HttpResponse;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::limits;

use super::server::{Answer, Api};
use crate::support::databases::sqlite;
use crate::support::hub::{TestHub, reqwest_client};
use crate::support::site::Site;

fn picture(format: ImageFormat, color: [u8; 3]) -> Vec<u8> {
    let [red, green, blue] = color;
    let image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(64, 32, Rgba([red, green, blue, 255])));
    let image = if format == ImageFormat::Jpeg { image.into_rgb8().into() } else { image };
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

async fn put(api: &Api, path: &str, media_type: &str, headers: &[(&str, &str)], file: Vec<u8>) -> Answer {
    let token = api.token_for(None).await;
    let mut request = api.request(Method::PUT, path).bearer_auth(token).header("content-type", media_type);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.body(file).send().await.unwrap()).await
}

/// The picture at a path of the hub: its headers, and its pixels.
async fn served(hub: &TestHub, path: &str) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
    let answer = reqwest_client().get(hub.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[actix_web::test]
async fn an_uploaded_picture_is_served_anew_from_our_own_address() {
    for api in Api::each().await {
        let made = api.add_connection("acme", json!({})).await;
        assert_eq!(made["logo_path"], Value::Null);
        let path = format!("/connections/{}", made["id"].as_str().unwrap());
        let logo = format!("{path}/logo");
        let mut earlier = String::new();
        for (format, color) in [
            (ImageFormat::Png, [194, 65, 12]),
            (ImageFormat::Jpeg, [12, 65, 194]),
            (ImageFormat::WebP, [12, 194, 65]),
        ] {
            // What the upload calls itself is not asked.
            let answer = put(&api, &logo, "text/html", &[], picture(format, color)).await;
            let at = answer.expect(200)["logo_path"].as_str().unwrap().to_owned();
            assert_eq!(answer.header("etag"), api.get(&path).await.header("etag"));
            let (status, headers, bytes) = served(&api.server, &at).await;
            assert_eq!(status, 200);
            assert_eq!(headers["content-type"], "image/png");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
            assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
            let image = image::load_from_memory_with_format(&bytes, ImageFormat::Png).unwrap().into_rgba8();
            assert_eq!(image.dimensions(), (limits::LOGO_PIXELS, limits::LOGO_PIXELS));
            let middle = image.get_pixel(30, 30).0;
            for (seen, sent) in middle.iter().zip(color) {
                assert!(seen.abs_diff(sent) < 12, "{format:?}: {middle:?}");
            }
            if !earlier.is_empty() {
                assert_eq!(served(&api.server, &earlier).await.0, 404, "an address names one picture");
            }
            earlier = at;
        }
        // The settings may be sent back as they were read, and a patch leaves the logo alone.
        let read = api.get(&path).await.expect(200);
        api.patch(&path, read.clone()).await.expect(200);
        let patched = api.patch(&path, json!({"display_name": "Acme"})).await.expect(200);
        assert_eq!(patched["logo_path"], read["logo_path"]);
        let refused = api.patch(&path, json!({"logo_path": "/logos/x/y"})).await;
        assert_eq!(refused.problem_paths(), ["logo_path"]);

        api.delete(&logo).await.expect(204);
        assert_eq!(api.get(&path).await.expect(200)["logo_path"], Value::Null);
        assert_eq!(served(&api.server, &earlier).await.0, 404);
        api.delete(&logo).await.expect(204);
        put(&api, &logo, "image/png", &[], picture(ImageFormat::Png, [1, 2, 3])).await.expect(200);
        api.delete(&path).await.expect(202);
        assert_eq!(api.server.database.count("connection_logos"), 0);
        api.stop().await;
    }
}

/// RAUTHY-007: a script in an SVG logo.
#[actix_web::test]
async fn what_is_no_picture_by_its_content_is_refused_whatever_it_calls_itself() {
    let api = Api::start(sqlite()).await;
    let made = api.add_connection("acme", json!({})).await;
    let path = format!("/connections/{}", made["id"].as_str().unwrap());
    let logo = format!("{path}/logo");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let mut huge = picture(ImageFormat::Png, [1, 2, 3]);
    huge.resize(limits::LOGO_BYTES + 1, 0);
    for file in [svg, b"<script>alert(1)</script>".to_vec(), Vec::new(), huge] {
        let refused = put(&api, &logo, "image/png", &[], file).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths(), ["logo"]);
    }
    let endless = put(&api, &logo, "image/png", &[], vec![0; limits::JSON_BODY_BYTES + 1]).await;
    endless.expect_refusal(413, "payload_too_large");
    let file = picture(ImageFormat::Png, [1, 2, 3]);
    put(&api, &logo, "image/png", &[("if-match", "\"9\"")], file.clone())
        .await
        .expect_refusal(412, "precondition_failed");
    assert_eq!(api.get(&path).await.expect(200), made, "nothing changed");
    let nowhere = put(&api, "/connections/con_0123456789abcdef/logo", "image/png", &[], file).await;
    nowhere.expect_refusal(404, "inexistent_connection");
    for path in ["logos/con_0123456789abcdef/x", "logos/x/y", "logos/%00/y", "logos/x"] {
        assert_eq!(served(&api.server, path).await.0, 404, "{path}");
    }
    api.stop().await;
}

#[actix_web::test]
async fn a_picture_is_fetched_once_and_through_the_guard() {
    let api = Api::start(sqlite()).await;
    let made = api.add_connection("acme", json!({})).await;
    let logo = format!("/connections/{}/logo", made["id"].as_str().unwrap());
    let site = Site::start("127.0.0.1", |request| match request.path() {
        "/logo" => {
            HttpResponse::Ok().content_type("text/plain").body(picture(ImageFormat::WebP, [12, 194, 65]))
        }
        "/page" => HttpResponse::Ok().content_type("image/png").body("<!doctype html>"),
        _ => HttpResponse::NotFound().finish(),
    });
    let fetched = api.send(Method::PUT, &logo, &[], Some(&json!({"url": site.url("/logo")}))).await;
    let at = fetched.expect(200)["logo_path"].as_str().unwrap().to_owned();
    assert_eq!(served(&api.server, &at).await.0, 200);
    assert_eq!(served(&api.server, &at).await.0, 200);
    assert_eq!(site.asked("/logo"), 1, "nothing is loaded from there afterwards");
    for (body, path) in [
        (json!({"url": site.url("/page")}), "url"),
        (json!({"url": site.url("/nothing")}), "url"),
        // Not exempt from the guard, unlike 127.0.0.0/8.
        (json!({"url": "http://169.254.169.254/latest/meta-data"}), "url"),
        (json!({"url": "https://10.0.0.1/logo.png"}), "url"),
        (json!({"url": "file:///etc/passwd"}), "url"),
        (json!({"address": site.url("/logo")}), "url"),
    ] {
        let refused = api.send(Method::PUT, &logo, &[], Some(&body)).await;
        refused.expect_refusal(400, "invalid_body");
        assert_eq!(refused.problem_paths()[0], path, "{body}");
    }
    api.stop().await;
}
