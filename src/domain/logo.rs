//! A connection's logo: any picture that was given, drawn anew as a small PNG of our own.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, RgbaImage};

use super::limits;
use crate::crypto::digest;

/// A logo as it is kept and served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Square, [`limits::LOGO_PIXELS`] on each side, without anything but pixels in it.
    pub png: Vec<u8>,
    /// Of the PNG: names this very picture.
    pub sha256: String,
}

/// Why a picture is refused; the rest of a sentence that begins with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    #[error("must have at most {} bytes", limits::LOGO_BYTES)]
    TooLarge,
    #[error("must be a PNG, JPEG or WebP picture by its content; SVG and other formats are not taken")]
    UnknownFormat,
    #[error("must have at most {0} pixels on each side", limits::LOGO_SOURCE_PIXELS)]
    TooManyPixels,
    #[error("is damaged: save it again as PNG")]
    Damaged,
}

impl Logo {
    /// Reads a picture by its content, whatever it calls itself, and draws it anew: nothing of the file given is
    /// kept but what can be seen.
    ///
    /// # Errors
    /// [`LogoError`].
    pub fn read(file: &[u8]) -> Result<Self, LogoError> {
        if file.len() > limits::LOGO_BYTES {
            return Err(LogoError::TooLarge);
        }
        let image = decoded(file)?;
        let side = limits::LOGO_PIXELS;
        let small = image.resize(side, side, FilterType::Lanczos3).into_rgba8();
        let mut square = RgbaImage::new(side, side);
        let middle = |length: u32| i64::from(side.saturating_sub(length) / 2);
        imageops::overlay(&mut square, &small, middle(small.width()), middle(small.height()));
        let mut png = Vec::new();
        square.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).map_err(|_| LogoError::Damaged)?;
        let sha256 = digest::fingerprint(&png);
        Ok(Self { png, sha256 })
    }
}

/// The picture, whose size is looked at before memory is taken for it.
fn decoded(file: &[u8]) -> Result<DynamicImage, LogoError> {
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| LogoError::UnknownFormat)?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(LogoError::UnknownFormat);
    }
    let mut memory = image::Limits::default();
    memory.max_image_width = Some(limits::LOGO_SOURCE_PIXELS);
    memory.max_image_height = Some(limits::LOGO_SOURCE_PIXELS);
    memory.max_alloc = Some(limits::LOGO_MEMORY_BYTES);
    reader.limits(memory);
    let refused = |error| match error {
        image::ImageError::Limits(_) => LogoError::TooManyPixels,
        _ => LogoError::Damaged,
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > limits::LOGO_SOURCE_PIXELS {
        return Err(LogoError::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder as _, Rgba};

    use super::*;

    fn picture(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_pixel(width, height, Rgba([194, 65, 12, 255]))
    }

    fn encoded(image: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Vec::new();
        let image = DynamicImage::ImageRgba8(image.clone());
        // JPEG has no transparency.
        let image = if format == ImageFormat::Jpeg { image.into_rgb8().into() } else { image };
        image.write_to(&mut Cursor::new(&mut file), format).unwrap();
        file
    }

    fn drawn(logo: &Logo) -> RgbaImage {
        image::load_from_memory_with_format(&logo.png, ImageFormat::Png).unwrap().into_rgba8()
    }

    /// A PNG chunk with its checksum.
    fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
        let body = [kind, content].concat();
        let crc = !body.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
            )
        });
        [&u32::try_from(content.len()).unwrap().to_be_bytes(), body.as_slice(), &crc.to_be_bytes()].concat()
    }

    #[test]
    fn each_format_becomes_a_square_png_whatever_its_shape() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for (width, height) in [(1, 1), (20, 20), (300, 100), (40, 900)] {
                let logo = Logo::read(&encoded(&picture(width, height), format)).unwrap();
                let image = drawn(&logo);
                assert_eq!(image.dimensions(), (limits::LOGO_PIXELS, limits::LOGO_PIXELS));
                let middle = image.get_pixel(limits::LOGO_PIXELS / 2, limits::LOGO_PIXELS / 2).0;
                assert!(middle[0] > 180 && middle[2] < 40 && middle[3] == 255, "{format:?}: {middle:?}");
                let is_wide = width == height;
                assert_eq!(
                    image.get_pixel(0, 0).0[3] == 255,
                    is_wide,
                    "what is not square has clear margins"
                );
            }
        }
    }

    #[test]
    fn the_same_picture_has_the_same_name_and_another_one_another() {
        let read = |image| Logo::read(&encoded(&image, ImageFormat::Png)).unwrap().sha256;
        assert_eq!(read(picture(20, 20)), read(picture(20, 20)));
        let mut other = picture(20, 20);
        other.put_pixel(3, 3, Rgba([0, 0, 0, 255]));
        assert_ne!(read(picture(20, 20)), read(other));
    }

    #[test]
    fn nothing_of_the_file_is_kept_but_what_can_be_seen() {
        let mut file = encoded(&picture(20, 20), ImageFormat::Png);
        let comment = chunk(b"tEXt", b"Comment\0<script>alert(1)</script>");
        file.splice(33..33, comment);
        file.extend_from_slice(b"<script>alert(2)</script>");
        let png = Logo::read(&file).unwrap().png;
        let holds = |needle: &[u8]| png.windows(needle.len()).any(|part| part == needle);
        assert!(!holds(b"script") && !holds(b"tEXt") && !holds(b"Comment"));
    }

    #[test]
    fn what_a_file_calls_itself_does_not_count() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="9"/></svg>"#;
        let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
        for file in [
            &svg[..],
            gif,
            b"",
            b"<!doctype html><script>alert(1)</script>",
            b"BM\0\0\0\0",
            b"\x00\x00\x01\x00",
        ] {
            assert_eq!(Logo::read(file), Err(LogoError::UnknownFormat), "{file:?}");
        }
        let cut = encoded(&picture(200, 200), ImageFormat::Png);
        assert_eq!(Logo::read(&cut[..cut.len() / 2]), Err(LogoError::Damaged));
        let cut = encoded(&picture(200, 200), ImageFormat::WebP);
        assert_eq!(Logo::read(&cut[..cut.len() / 2]), Err(LogoError::Damaged));
        assert_eq!(Logo::read(b"\x89PNG\r\n\x1a\n"), Err(LogoError::Damaged));
    }

    /// A few bytes may claim gigabytes of pixels: their number is looked at before memory is taken for them.
    #[test]
    fn a_picture_that_claims_too_many_pixels_is_refused_before_it_is_read() {
        let most = limits::LOGO_SOURCE_PIXELS;
        assert!(Logo::read(&encoded(&picture(most, 1), ImageFormat::Png)).is_ok());
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let file = encoded(&picture(most + 1, 1), format);
            assert_eq!(Logo::read(&file), Err(LogoError::TooManyPixels), "{format:?}");
        }
        let mut header = Vec::new();
        header.extend_from_slice(&60_000_u32.to_be_bytes());
        header.extend_from_slice(&60_000_u32.to_be_bytes());
        header.extend_from_slice(&[8, 6, 0, 0, 0]);
        let bomb = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &[0x78, 0x9c]),
            chunk(b"IEND", b""),
        ];
        assert_eq!(Logo::read(&bomb.concat()), Err(LogoError::TooManyPixels));
        let mut jpeg = encoded(&picture(16, 16), ImageFormat::Jpeg);
        let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
        assert_eq!(Logo::read(&jpeg), Err(LogoError::TooManyPixels));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_looked_at() {
        let mut file = encoded(&picture(20, 20), ImageFormat::Png);
        file.resize(limits::LOGO_BYTES + 1, 0);
        assert_eq!(Logo::read(&file), Err(LogoError::TooLarge));
    }

    #[test]
    fn sixteen_bits_and_greys_are_read_too() {
        for (color, bytes) in
            [(ExtendedColorType::L16, 2), (ExtendedColorType::Rgb16, 6), (ExtendedColorType::L8, 1)]
        {
            let mut file = Vec::new();
            let pixels = vec![0x55; 10 * 10 * bytes];
            image::codecs::png::PngEncoder::new(&mut file).write_image(&pixels, 10, 10, color).unwrap();
            assert!(Logo::read(&file).is_ok(), "{color:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_damaged_file_panics(position in 8..400_usize, byte: u8, cut in 0..600_usize, kind in 0..3_usize) {
            let format = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP][kind];
            let mut file = encoded(&picture(30, 17), format);
            let position = position.min(file.len() - 1);
            file[position] = byte;
            file.truncate(cut.max(12));
            drop(Logo::read(&file));
        }
    }
}
