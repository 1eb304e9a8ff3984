//! A real browser without a window: Chromium.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Chromium under the names that systems give it.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser.
pub struct Browser {
    program: PathBuf,
}

/// A picture of a page.
pub struct Image {
    width: usize,
    pixels: Vec<u8>,
}

impl Browser {
    /// The browser of this system; `tests/run.sh` installs one.
    pub fn find() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = NAMES.iter().find_map(|name| {
            std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
        });
        Self { program: found.expect("no Chromium: run tests/run.sh, which installs it") }
    }

    /// The page as it looks in a window of this size.
    pub fn screenshot(&self, page: &str, (width, height): (u32, u32), dark: bool) -> Image {
        let folder = tempfile::tempdir().unwrap();
        let (file, picture) = (folder.path().join("page.html"), folder.path().join("page.png"));
        std::fs::write(&file, page).unwrap();
        // Blink counts dark as 0 and light as 1.
        let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
        let size = format!("--window-size={width},{height}");
        let shot = format!("--screenshot={}", picture.display());
        let output = self.run(folder.path(), &[&scheme, &size, &shot, &url(&file)]);
        assert!(picture.exists(), "no picture: {}", String::from_utf8_lossy(&output.stderr));
        Image::read(&picture)
    }

    /// What a script sees of the page in a frame of this width.
    pub fn measure(&self, page: &str, width: u32) -> Value {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("page.html"), page).unwrap();
        let harness = include_str!("measure.html").replace("{width}", &width.to_string());
        let file = folder.path().join("harness.html");
        std::fs::write(&file, harness).unwrap();
        let arguments = ["--allow-file-access-from-files", "--dump-dom", &url(&file)];
        let output = self.run(folder.path(), &arguments);
        let dom = String::from_utf8(output.stdout).unwrap();
        let json = dom.split("<output>").nth(1).and_then(|rest| rest.split("</output>").next());
        serde_json::from_str(json.unwrap_or_else(|| panic!("nothing measured: {dom}"))).unwrap()
    }

    fn run(&self, profile: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .args(["--force-device-scale-factor=1", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.join("profile").display()))
            .args(arguments)
            .stdin(Stdio::null());
        // A first start sometimes loses its own race; the second has a profile.
        for _ in 0..2 {
            let output = command.output().unwrap();
            if output.status.success() {
                return output;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        command.output().unwrap()
    }
}

fn url(file: &Path) -> String {
    format!("file://{}", file.display())
}

impl Image {
    fn read(file: &Path) -> Self {
        let file = std::io::BufReader::new(std::fs::File::open(file).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let step = info.color_type.samples();
        assert!(step >= 3, "a picture in colour");
        let pixels = bytes.chunks(step).flat_map(|pixel| pixel[..3].iter().copied()).collect();
        Self { width: info.width as usize, pixels }
    }

    /// The colour of a pixel.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// How many pixels have exactly this colour.
    pub fn count(&self, colour: [u8; 3]) -> usize {
        self.pixels.chunks(3).filter(|pixel| *pixel == colour).count()
    }

    /// How often a pixel of one colour has one of another beside it.
    pub fn beside(&self, left: [u8; 3], right: [u8; 3]) -> usize {
        let rows = self.pixels.chunks(self.width * 3);
        let pairs = |row: &[u8]| {
            let pixels: Vec<&[u8]> = row.chunks(3).collect();
            pixels.windows(2).filter(|pair| *pair == [&left[..], &right[..]]).count()
        };
        rows.map(pairs).sum()
    }
}
