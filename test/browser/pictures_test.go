package browser

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var pictures = flag.String("pictures", "", "`folder` that the pictures of the documentation are written to; empty: they are taken and thrown away")

// most is how large a picture may be, so that the repository stays small.
const most = 150 << 10

func TestPictures(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	for _, c := range []struct {
		name, path    string
		width, height int64
		dark, always  bool
	}{
		{"web-fleet", "/", 1280, 810, false, true},
		{"web-rollout", "/rollouts/shop/checkout", 1280, 1650, false, true},
		{"aborted", "/rollouts/shop/cart", 1280, 2400, false, false},
		{"fleet-dark", "/", 1280, 640, true, false},
		{"rollout-dark", "/rollouts/shop/cart", 1280, 1700, true, false},
		{"fleet-phone", "/", 360, 1600, false, false},
		{"rollout-phone", "/rollouts/shop/checkout", 360, 3600, false, false},
		{"rest", "/rollouts/shop/search", 1280, 900, false, false},
		{"blocked", "/rollouts/media/encoder", 1280, 900, true, false},
	} {
		b.goTo(s.url+c.path, c.width, c.height, c.dark)
		b.until(`document.querySelector('.pulse.live') !== null`)
		picture := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng}).Data
		picture = small(t, picture)
		if c.always {
			assert.Less(t, len(picture), most, c.name)
		}
		if *pictures != "" && (c.always || os.Getenv("ALL_PICTURES") != "") {
			require.NoError(t, os.WriteFile(filepath.Join(*pictures, c.name+".png"), picture, 0o600))
		}
	}
}

// small writes a picture with a palette of those colours that are seen most and can be told apart: pages have few, and the rest are the
// edges of letters.
func small(t *testing.T, data []byte) []byte {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	counts := map[color.RGBA]int{}
	box := from.Bounds()
	at := func(x, y int) color.RGBA {
		c, _ := color.RGBAModel.Convert(from.At(x, y)).(color.RGBA)
		return c
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range colours {
		if len(palette) < 256 && !slices.ContainsFunc(palette, func(p color.Color) bool { return near(p, c) }) {
			palette = append(palette, c)
		}
	}
	nearest := map[color.RGBA]uint8{}
	to := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := at(x, y)
			if _, ok := nearest[c]; !ok {
				nearest[c] = uint8(palette.Index(c))
			}
			to.SetColorIndex(x, y, nearest[c])
		}
	}
	var out bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to))
	return out.Bytes()
}

// near says whether nobody would see the difference.
func near(a, b color.Color) bool {
	const step = 8
	x, xOK := a.(color.RGBA)
	y, yOK := b.(color.RGBA)
	apart := func(p, q uint8) bool { return max(p, q)-min(p, q) >= step }
	return xOK && yOK && x != y && !apart(x.R, y.R) && !apart(x.G, y.G) && !apart(x.B, y.B)
}
