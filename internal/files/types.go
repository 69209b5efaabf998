package files

import (
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"parley/internal/chat"
)

// headBytes is how much of a file its type is read from.
const headBytes = 3072

const unknownType = "application/octet-stream"

// known are the types under which files are served. What is none of them, pages
// and programs above all, is served as bytes without a meaning.
var known = map[string]chat.FileKind{
	"image/jpeg": chat.ImageFile, "image/png": chat.ImageFile, "image/gif": chat.ImageFile, "image/webp": chat.ImageFile,

	"audio/mpeg": chat.AudioFile, "audio/ogg": chat.AudioFile, "audio/wav": chat.AudioFile, "audio/mp4": chat.AudioFile, "audio/x-m4a": chat.AudioFile,
	"audio/aac": chat.AudioFile, "audio/flac": chat.AudioFile, "audio/webm": chat.AudioFile,

	"video/mp4": chat.VideoFile, "video/webm": chat.VideoFile, "video/quicktime": chat.VideoFile, "video/ogg": chat.VideoFile,

	"application/pdf": chat.OtherFile, "text/plain": chat.OtherFile, "text/csv": chat.OtherFile, "application/json": chat.OtherFile,
	"application/zip": chat.OtherFile, "application/gzip": chat.OtherFile, "application/x-7z-compressed": chat.OtherFile, "application/x-tar": chat.OtherFile,
	"application/rtf": chat.OtherFile, "application/epub+zip": chat.OtherFile,
	"application/msword": chat.OtherFile, "application/vnd.ms-excel": chat.OtherFile, "application/vnd.ms-powerpoint": chat.OtherFile,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   chat.OtherFile,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         chat.OtherFile,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": chat.OtherFile,
	"application/vnd.oasis.opendocument.text":                                   chat.OtherFile,
	"application/vnd.oasis.opendocument.spreadsheet":                            chat.OtherFile,
	"application/vnd.oasis.opendocument.presentation":                           chat.OtherFile,
}

// sniff reads the type off the first bytes. What the sender says counts only to
// tell sound from film in a container that may hold either.
func sniff(head []byte, declared string) (typ string, kind chat.FileKind) {
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		typ, _, _ = strings.Cut(m.String(), ";")
		switch typ {
		case "text/html", "image/svg+xml", "text/xml", "application/javascript", "text/javascript":
			return unknownType, chat.OtherFile
		}
		if known[typ] != "" {
			break
		}
	}
	if known[typ] == "" {
		return unknownType, chat.OtherFile
	}
	if sound := "audio/" + strings.TrimPrefix(typ, "video/"); strings.HasPrefix(declared, "audio/") && known[sound] != "" {
		typ = sound
	}
	return typ, known[typ]
}

// inline says that a browser may show the file where it is.
func inline(kind chat.FileKind) bool { return kind != chat.OtherFile }
