//! `VESTIBULE_MASTER_KEY`, `_MASTER_KEY_FILE`, or a key generated once in the data folder.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::database_url::DatabaseUrl;
use super::problem::{Problem, Problems};
use super::settings::{self, Setting};
use super::values::Values;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::Random;
use crate::crypto::sealing::Sealer;

const FILE_NAME: &str = "master.key";
const GENERATE: &str = "generate one with: openssl rand -base64 32";
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE_LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The operator's keys, or where the first one will be made.
#[derive(Clone, Debug)]
pub enum MasterKeys {
    /// The first key seals; all of them open.
    Known { first: MasterKey, older: Vec<MasterKey> },
    /// Nothing is kept yet: [`MasterKeys::sealer`] generates the key in this file.
    ToGenerate(PathBuf),
}

impl MasterKeys {
    /// `database` is absent when its own setting is wrong: then only keys given explicitly are checked.
    pub(super) fn read(
        values: &Values,
        data_dir: &Path,
        database: Option<&DatabaseUrl>,
    ) -> Result<Option<Self>, Problems> {
        let (direct, file) = (&settings::MASTER_KEY, &settings::MASTER_KEY_FILE);
        match (values.text(direct), values.text(file), database) {
            (Some(_), Some(_), _) => {
                Err(Problem::new(file, format!("{} is set too", direct.name), "keep one of the two").into())
            }
            (Some(text), None, _) => parse(direct, text).map(Some),
            (None, Some(path), _) => read_file(file, Path::new(path)).map(Some),
            (None, None, Some(DatabaseUrl::Postgres(_))) => {
                let what = "it is required with PostgreSQL, where every node needs the same one";
                Err(Problem::new(direct, what, GENERATE).into())
            }
            (None, None, Some(DatabaseUrl::Sqlite(database))) => in_data_dir(data_dir, database).map(Some),
            (None, None, None) => Ok(None),
        }
    }

    /// Where an unset master key is kept.
    pub(super) fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE_NAME)
    }

    /// What seals with the first key and opens with all; generates the key if there is none yet, readable by
    /// its owner alone.
    ///
    /// # Errors
    /// [`Problems`] if the generated key cannot be written, or another start has just written an unusable one.
    pub fn sealer(&self, random: &Random) -> Result<Sealer, Problems> {
        match self {
            Self::Known { first, older } => Ok(Sealer::new(first.clone(), older.iter().cloned())),
            Self::ToGenerate(path) => {
                generate(path, random).map_err(|error| {
                    let what = format!("it cannot be generated in {}: {error}", path.display());
                    Problem::new(&settings::MASTER_KEY, what, "let the hub write to its data folder")
                })?;
                read_file(&settings::MASTER_KEY, path)?.sealer(random)
            }
        }
    }
}

fn in_data_dir(data_dir: &Path, database: &Path) -> Result<MasterKeys, Problems> {
    let path = MasterKeys::path(data_dir);
    if path.exists() {
        return read_file(&settings::MASTER_KEY, &path);
    }
    // A new key beside an old database would lock its secrets away for good.
    if fs::metadata(database).is_ok_and(|database| database.len() > 0) {
        let what = format!("{} is missing although {} exists", path.display(), database.display());
        let fix = "restore the key file, or set the key that this database was created with";
        return Err(Problem::new(&settings::MASTER_KEY, what, fix).into());
    }
    Ok(MasterKeys::ToGenerate(path))
}

fn read_file(setting: &'static Setting, path: &Path) -> Result<MasterKeys, Problems> {
    let unreadable = |error: io::Error| {
        let what = format!("{}: {error}", path.display());
        Problems::from(Problem::new(setting, what, "name a file that the hub can read"))
    };
    if fs::metadata(path).map_err(unreadable)?.mode() & 0o077 != 0 {
        let what = format!("{} is open to other users of this machine", path.display());
        return Err(Problem::new(setting, what, format!("chmod 600 {}", path.display())).into());
    }
    parse(setting, &Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?))
}

fn parse(setting: &'static Setting, text: &str) -> Result<MasterKeys, Problems> {
    let mut keys = Vec::new();
    let mut problems = Problems::default();
    for (index, entry) in text.split(',').enumerate() {
        match key(entry.trim()) {
            Ok(key) => keys.push(key),
            Err(what) => {
                let what = format!("key {} {what}", index + 1);
                problems.0.push(Problem::new(setting, what, GENERATE));
            }
        }
    }
    let mut keys = keys.into_iter();
    match keys.next() {
        Some(first) if problems.0.is_empty() => Ok(MasterKeys::Known { first, older: keys.collect() }),
        _ => Err(problems),
    }
}

/// One key, or what is wrong with it: never the text itself.
fn key(text: &str) -> Result<MasterKey, String> {
    let bytes = STANDARD_LENIENT
        .decode(text)
        .or_else(|_| URL_SAFE_LENIENT.decode(text))
        .map(Zeroizing::new)
        .map_err(|_| "is not base64".to_owned())?;
    <[u8; MasterKey::LENGTH]>::try_from(bytes.as_slice())
        .map(MasterKey::new)
        .map_err(|_| format!("has {} bytes instead of {}", bytes.len(), MasterKey::LENGTH))
}

/// Writes a fresh key to `path`, whole or not at all; a key that is already there stays.
fn generate(path: &Path, random: &Random) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!(".{FILE_NAME}.{}", random.alphanumeric(8)));
    let bytes = Zeroizing::new(random.bytes::<{ MasterKey::LENGTH }>());
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(bytes.as_slice())));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        // Unlike a rename, a link never replaces the key of a start at the same moment.
        .and_then(|()| match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        })
        .and_then(|()| fs::File::open(folder)?.sync_all());
    let removed = fs::remove_file(&unfinished);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::crypto::sealing::Purpose;

    fn read(data_dir: &Path, given: &[(&Setting, &str)]) -> Result<MasterKeys, Problems> {
        let environment = given.iter().map(|(setting, text)| (setting.name.to_owned(), (*text).to_owned()));
        let values = Values::gather(environment, None).0;
        let database = DatabaseUrl::read(&values, data_dir).unwrap();
        MasterKeys::read(&values, data_dir, Some(&database)).map(Option::unwrap)
    }

    #[test]
    fn keys_are_read_in_both_alphabets_padded_or_not_and_the_first_one_seals() {
        let (folder, random) = (tempfile::tempdir().unwrap(), Random::default());
        let standard = STANDARD.encode([0xfb; 32]);
        let url_safe = standard.replace('+', "-").replace('/', "_");
        assert_ne!(standard, url_safe);
        let sealed_by = |text: &str| {
            let sealer =
                read(folder.path(), &[(&settings::MASTER_KEY, text)]).unwrap().sealer(&random).unwrap();
            sealer.seal(Purpose::Login, b"", b"", &random)
        };
        let opener =
            read(folder.path(), &[(&settings::MASTER_KEY, &standard)]).unwrap().sealer(&random).unwrap();
        let older = STANDARD.encode([1; 32]);
        for text in [
            standard.clone(),
            url_safe.clone(),
            url_safe.trim_end_matches('=').to_owned(),
            format!("{standard}, {older}"),
        ] {
            assert!(opener.open(Purpose::Login, b"", &sealed_by(&text)).is_ok(), "{text}");
        }
        assert!(opener.open(Purpose::Login, b"", &sealed_by(&format!("{older},{standard}"))).is_err());
    }

    #[test]
    fn every_bad_key_of_a_list_is_counted_and_none_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{},canary!,{}", STANDARD.encode([1; 32]), STANDARD.encode([2; 31]));
        let problems = read(folder.path(), &[(&settings::MASTER_KEY, &text)]).unwrap_err();
        let whats: Vec<&str> = problems.0.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(whats, ["key 2 is not base64", "key 3 has 31 bytes instead of 32"]);
        assert!(!problems.to_string().contains("canary"));
    }

    #[test]
    fn a_missing_key_is_generated_once_for_its_owner_alone() {
        let (folder, random) = (tempfile::tempdir().unwrap(), Random::default());
        let data_dir = folder.path().join("deep/data");
        let keys = read(&data_dir, &[]).unwrap();
        assert!(matches!(&keys, MasterKeys::ToGenerate(path) if path.ends_with("data/master.key")));
        assert!(!data_dir.exists(), "reading settings writes nothing");

        let sealed = keys.sealer(&random).unwrap().seal(Purpose::Login, b"", b"x", &random);
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        assert_eq!(mode(&data_dir.join("master.key")), 0o600);
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);

        // The same answer again keeps the key, and so does the next start.
        for keys in [keys, read(&data_dir, &[]).unwrap()] {
            let sealer = keys.sealer(&random).unwrap();
            assert!(sealer.open(Purpose::Login, b"", &sealed).is_ok());
        }
    }

    #[test]
    fn a_key_file_open_to_others_is_refused_with_the_command_that_closes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, STANDARD.encode([7; 32])).unwrap();
        let given = [(&settings::MASTER_KEY_FILE, path.to_str().unwrap())];
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let problems = read(folder.path(), &given).unwrap_err();
            assert_eq!(problems.0[0].fix, format!("chmod 600 {}", path.display()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read(folder.path(), &given).is_ok());
    }

    #[test]
    fn a_new_key_is_not_made_beside_an_existing_database() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("vestibule.db"), b"records").unwrap();
        let problems = read(folder.path(), &[]).unwrap_err();
        assert_eq!(problems.0[0].setting, "VESTIBULE_MASTER_KEY");
        assert!(problems.0[0].what.contains("is missing although"));
    }

    #[test]
    fn postgres_needs_a_key_and_two_sources_are_one_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let postgres = (&settings::DATABASE_URL, "postgres://localhost/hub");
        let problems = read(folder.path(), &[postgres]).unwrap_err();
        assert_eq!(problems.0[0].setting, "VESTIBULE_MASTER_KEY");
        let both = [(&settings::MASTER_KEY, "a"), (&settings::MASTER_KEY_FILE, "b")];
        let problems = read(folder.path(), &both).unwrap_err();
        assert_eq!(problems.0[0].setting, "VESTIBULE_MASTER_KEY_FILE");
    }
}
