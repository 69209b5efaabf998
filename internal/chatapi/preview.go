package chatapi

import (
	"fmt"

	"parley/internal/chat"
)

// LinkPreview is what a page that a message names says of itself.
type LinkPreview struct {
	URL         string  `json:"url"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	SiteName    string  `json:"siteName"`
	// ImageURL is on this server, for those who see the message.
	ImageURL    *string `json:"imageUrl"`
	ImageWidth  *int    `json:"imageWidth"`
	ImageHeight *int    `json:"imageHeight"`
	Placeholder *string `json:"placeholder"`
}

func (m Mapper) previews(list []chat.Preview) []LinkPreview {
	var out []LinkPreview
	for _, p := range list {
		shown := LinkPreview{URL: p.URL, Title: m.text(p.Title), Description: filled(m.text(p.Description)), SiteName: m.text(p.SiteName)}
		if f := p.Image; f != nil {
			shown.ImageURL, shown.ImageWidth, shown.ImageHeight = new(fmt.Sprintf("/api/chat/attachments/%d", f.ID)), &f.Width, &f.Height
			shown.Placeholder = filled(f.Placeholder)
		}
		out = append(out, shown)
	}
	return out
}
