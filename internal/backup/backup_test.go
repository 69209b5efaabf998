package backup_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/backup"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func archive(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "snapshot"), "the database")
	write(t, filepath.Join(dir, "blobs", "ab", "cd", "one"), "first file")
	write(t, filepath.Join(dir, "blobs", "two"), "second file")
	write(t, filepath.Join(dir, "blobs", ".half"), "half-written")
	var out bytes.Buffer
	files, err := backup.Write(t.Context(), &out, backup.Manifest{Version: "v1", Schema: 7, CreatedAt: time.Now()}, filepath.Join(dir, "snapshot"), filepath.Join(dir, "blobs"))
	if err != nil || files != 2 {
		t.Fatalf("%d files, %v", files, err)
	}
	return out.Bytes()
}

func extract(t *testing.T, content []byte) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	_, _, err = backup.Extract(t.Context(), bytes.NewReader(content), dir, filepath.Join(dir, "files"))
	return dir, err
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir, err := extract(t, archive(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"parley.db": "the database", "files/ab/cd/one": "first file", "files/two": "second file"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "files", ".half")); err == nil {
		t.Error("a half-written file was backed up")
	}
}

// Wherever an archive is broken off, it does not count as a backup.
func TestABrokenOffArchiveIsRefused(t *testing.T) {
	whole := archive(t)
	for cut := 0; cut < len(whole)-1024; cut += 256 { // the last 1,024 bytes are the tar file's own end
		if _, err := extract(t, whole[:cut]); err == nil && !sumsAreWhole(whole[:cut]) {
			t.Fatalf("an archive of %d of %d bytes was taken for whole", cut, len(whole))
		}
	}
}

// sumsAreWhole says that the checksums, which come last, are all there.
func sumsAreWhole(content []byte) bool {
	r := tar.NewReader(bytes.NewReader(content))
	for {
		h, err := r.Next()
		if err != nil {
			return false
		}
		if h.Name == "SHA256SUMS" {
			n, err := io.Copy(io.Discard, r)
			return err == nil && n == h.Size
		}
	}
}

func TestADamagedArchiveIsRefused(t *testing.T) {
	damaged := bytes.Replace(archive(t), []byte("second file"), []byte("second fire"), 1)
	if _, err := extract(t, damaged); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("err = %v", err)
	}
}

type entry struct {
	name, content string
	kind          byte
}

func forged(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Size: int64(len(e.content)), Typeflag: e.kind, Mode: 0o600}
		if e.kind == tar.TypeSymlink {
			h.Linkname, h.Size = e.content, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == tar.TypeReg {
			if _, err := io.WriteString(w, e.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// An archive from elsewhere writes nothing outside the folder.
func TestForgedArchivesAreRefused(t *testing.T) {
	manifest := entry{"manifest.json", `{"format":1}`, tar.TypeReg}
	for name, entries := range map[string][]entry{
		"climbs":             {manifest, {"blobs/../../evil", "x", tar.TypeReg}},
		"absolute":           {manifest, {"/tmp/evil", "x", tar.TypeReg}},
		"link":               {manifest, {"blobs/link", "/etc", tar.TypeSymlink}},
		"other entries":      {manifest, {"etc/passwd", "x", tar.TypeReg}},
		"no manifest":        {{"parley.db", "x", tar.TypeReg}},
		"from the future":    {{"manifest.json", `{"format":99}`, tar.TypeReg}},
		"the database twice": {manifest, {"parley.db", "x", tar.TypeReg}, {"parley.db", "y", tar.TypeReg}},
		"no database":        {manifest, {"SHA256SUMS", "", tar.TypeReg}},
		"nothing":            {},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := extract(t, forged(t, entries...))
			if err == nil {
				t.Error("it was taken for a backup")
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "evil")); err == nil {
				t.Error("it wrote outside its folder")
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("manifest.json"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		_, _, _ = backup.Extract(t.Context(), bytes.NewReader(content), dir, filepath.Join(dir, "files"))
	})
}
