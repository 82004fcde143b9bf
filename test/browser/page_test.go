package browser

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/web/webtest"
)

const (
	text   = `document.getElementById('main').innerText`
	points = `[...document.querySelectorAll('figure[data-plot="%s"][data-gate="0"] .line[data-points]')].map(n => Number(n.dataset.points))`
	wide   = `document.documentElement.scrollWidth > document.documentElement.clientWidth`
)

// ofPlot are the points of each line of the first gate's plot of a kind.
func ofPlot(b *tab, kind string) []int { return value[[]int](b, fmt.Sprintf(points, kind)) }

func TestAClickLeadsFromTheFleetToPlotsThatLive(t *testing.T) {
	s := serve(t, "")
	b := open(t, s.url)
	b.goTo(s.url+"/", 1280, 800, false)
	assert.Contains(t, value[string](b, text), "No managed Deployment has been looked at yet")

	frames := webtest.Promoted().Frames(epoch())
	middle := at50(frames) + 3
	s.tell(frames[:middle])
	b.until(`document.querySelector('table.fleet a') !== null`)
	assert.Contains(t, value[string](b, text), "50 %", "the fleet fills while it is open")

	b.run(chromedp.Click(chromedp.CSS(`table.fleet a[href$="/rollouts/shop/checkout"]`)))
	b.until(`document.querySelectorAll('figure .drawing').length === 7`)
	assert.Equal(t, s.url+"/rollouts/shop/checkout", value[string](b, `location.href`))
	for _, kind := range []string{"share", "evidence", "requests"} {
		for _, n := range ofPlot(b, kind) {
			assert.Greater(t, n, 10, kind)
		}
	}
	before := ofPlot(b, "requests")
	b.run(chromedp.Click(chromedp.CSS(`.gate details summary`)))

	s.tell(frames[middle : middle+5])
	b.until(fmt.Sprintf(`(%s)[0] > %d`, fmt.Sprintf(points, "requests"), before[0]+3))
	assert.True(t, value[bool](b, `document.querySelector('.gate details').open`), "what was opened stays open")
	assert.Contains(t, value[string](b, `document.querySelector('figure[data-plot="share"] .drawing').getAttribute('aria-label')`), "allowed 5 %")

	s.tell(frames[middle+5:])
	b.until(`document.querySelector('.badge').textContent.includes('At rest')`)
	assert.Contains(t, value[string](b, text), "Analysis of run 7", "the samples of the last run stay")
	assert.Greater(t, ofPlot(b, "requests")[0], before[0]+10)
	assert.Contains(t, value[string](b, `document.querySelector('figure[data-plot="weight"]').innerText`), "100 %")
}

func TestAnAbortIsSeenAsItHappens(t *testing.T) {
	s := serve(t, "")
	frames := webtest.Aborted().Frames(epoch())
	s.tell(frames[:8])
	b := open(t, s.url)
	b.goTo(s.url+"/rollouts/shop/cart", 1280, 900, false)
	assert.Contains(t, value[string](b, text), "kubectl sluice -n shop abort cart")
	s.tell(frames[8:])
	b.until(`document.querySelector('.badge').textContent.includes('Aborted')`)
	page := value[string](b, text)
	assert.Contains(t, page, "kubectl sluice -n shop retry cart")
	assert.NotContains(t, page, "kubectl sluice -n shop abort cart")
	assert.Contains(t, page, "674 ≥ 400")
	b.until(`[...document.querySelectorAll('figure[data-plot="evidence"] .drawing text')].some(n => n.textContent === 'abort at 400')`)
}

func TestTheFilter(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	b.goTo(s.url+"/", 1280, 900, false)
	b.run(chromedp.SendKeys(chromedp.CSS(`#q`), "media blocked"))
	b.until(`document.querySelectorAll('table.fleet tbody tr').length === 1`)
	assert.Equal(t, "?q=media+blocked", value[string](b, `location.search`), "it can be kept as a bookmark")
	assert.Equal(t, "q", value[string](b, `document.activeElement.id`))
}

func TestTheCursor(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	b.goTo(s.url+"/rollouts/shop/checkout", 1280, 1400, false)
	b.run(chromedp.Focus(chromedp.CSS(`figure[data-plot="share"] .drawing`)), chromedp.KeyEvent("\u0302"))
	b.until(`document.querySelectorAll('.drawing .cursor').length === 7`)
	assert.Contains(t, value[string](b, `document.getElementById('said').textContent`), " at 09:1", "a screen reader is told")
	b.run(chromedp.KeyEvent("\u001b"))
	b.until(`document.querySelectorAll('.drawing .cursor').length === 0`)
}

func TestHostileTextIsInert(t *testing.T) {
	s := serve(t, "")
	frames := webtest.Hostile().Frames(epoch())
	b := open(t, s.url)
	s.tell(frames[:5])
	b.goTo(s.url+"/?q="+url.QueryEscape(webtest.Strange()), 1280, 900, false)
	b.goTo(s.url+"/", 1280, 900, false)
	b.goTo(s.url+"/rollouts/shop/"+url.PathEscape(webtest.Hostile().Key.Name), 1280, 900, false)
	for _, cut := range []int{8, len(frames)} {
		s.tell(frames[:cut])
		b.until(`[...document.querySelectorAll('.gate h3')].some(n => n.textContent.includes('<script>window.pwned=1'))`)
	}
	assert.False(t, value[bool](b, `'pwned' in window`))
	assert.Zero(t, value[int](b, `document.querySelectorAll('main img, main script, main [onload], main [onerror], main [onclick]').length`))
	assert.False(t, value[bool](b, wide))
}

func TestANarrowScreen(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	for _, path := range []string{"/", "/rollouts/shop/checkout", "/rollouts/shop/cart", "/rollouts/shop/search", "/rollouts/media/encoder"} {
		for _, width := range []int64{320, 360, 768, 1081, 1280} {
			b.goTo(s.url+path, width, 800, false)
			b.until(`document.querySelector('.pulse.live') !== null`)
			// Whatever is folded in is to fit as well.
			b.run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.open = true })`))
			assert.False(t, value[bool](b, wide), "%s scrolls sideways at %d px", path, width)
		}
	}
}

// contrast is the worst of all texts of a page against what is behind them, by the formula of WCAG 2.2, and the text.
const contrast = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  let worst = 99, what = '';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const e = n.parentElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!n.textContent.trim() || e.closest('script, noscript') || box.width < 2 || box.height < 2) continue;
    let back = e;
    while (back && rgba(getComputedStyle(back).backgroundColor)[3] < 255) back = back.parentElement;
    const a = light(rgba(e instanceof SVGElement ? style.fill : style.color).slice(0, 3));
    const b = light(rgba(back ? getComputedStyle(back).backgroundColor : '#fff').slice(0, 3));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst) { worst = ratio; what = n.textContent.trim() + ' (' + e.className + ')'; }
  }
  return { worst, what };
})()`

func TestContrastInTheLightAndInTheDark(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	backgrounds := map[bool]string{}
	for _, dark := range []bool{false, true} {
		for _, path := range []string{"/", "/rollouts/shop/checkout", "/rollouts/shop/cart", "/rollouts/media/encoder"} {
			b.goTo(s.url+path, 1280, 900, dark)
			b.until(`document.querySelector('.pulse.live') !== null`)
			found := value[struct {
				Worst float64 `json:"worst"`
				What  string  `json:"what"`
			}](b, contrast)
			assert.GreaterOrEqual(t, found.Worst, 4.5, "%s, dark %t: %s", path, dark, found.What)
			backgrounds[dark] = value[string](b, `getComputedStyle(document.body).backgroundColor`)
		}
	}
	assert.NotEqual(t, backgrounds[false], backgrounds[true])
}

func TestWhatAScreenReaderIsTold(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	for _, path := range []string{"/", "/rollouts/shop/checkout"} {
		b.goTo(s.url+path, 1280, 900, false)
		b.until(`document.querySelector('.pulse.live') !== null`)
		assert.Equal(t, 1, value[int](b, `document.querySelectorAll('h1').length`))
		assert.Zero(t, value[int](b, `[...document.querySelectorAll('input, .drawing, button')].filter(n => !n.getAttribute('aria-label') && !n.labels?.length).length`))
		assert.Zero(t, value[int](b, `[...document.querySelectorAll('[id]')].map(n => n.id).filter((id, i, all) => all.indexOf(id) !== i).length`))
		assert.Zero(t, value[int](b, `[...document.querySelectorAll('[aria-labelledby]')].filter(n => !document.getElementById(n.getAttribute('aria-labelledby'))).length`))
		assert.Zero(t, value[int](b, `[...document.querySelectorAll('.badge, .outcome, .tally')].filter(n => !/[a-z]{3}/i.test(n.textContent)).length`), "no state is a colour alone")
	}
}

func TestWithoutAScript(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.goTo(s.url+"/rollouts/shop/checkout", 1280, 900, false)
	page := value[string](b, text)
	for _, want := range []string{"50 %", "Error rate", "Evidence to go on", "10⁸ ≥ 20", "below 0.1 of 400", "WeightChanged", "2026-11-20 09:1"} {
		assert.Contains(t, page, want)
	}
}

func TestAReplicaThatStopsLeadingSaysSo(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	b.goTo(s.url+"/", 1280, 900, false)
	s.lead(false)
	b.until(text + `.includes('This replica does not lead')`)
	s.lead(true)
	b.until(`document.querySelector('table.fleet') !== null`)
	b.forgive("503")
}

// A browser asks for the token once, and sends it with whatever the page asks for.
func TestTheTokenOfAPage(t *testing.T) {
	s := serve(t, "s3cret")
	s.fleet()
	b := open(t, s.url)
	b.goTo(strings.Replace(s.url, "http://", "http://me:s3cret@", 1)+"/rollouts/shop/checkout", 1280, 900, false)
	frames := webtest.Promoted().Frames(epoch())
	s.tell(frames)
	b.until(`document.querySelector('.badge').textContent.includes('At rest')`)
	assert.Equal(t, "live", value[string](b, `document.getElementById('pulse').textContent`))
}

func TestALostConnectionIsSaid(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	b.goTo(s.url+"/", 1280, 900, false)
	s.close()
	b.until(`document.getElementById('pulse').textContent.includes('no answer from the controller')`)
	assert.Contains(t, value[string](b, text), "checkout", "what was known stays")
	b.forgive("ERR_CONNECTION_REFUSED")
}

func TestAPageThatHasNotChangedCostsNothing(t *testing.T) {
	s := serve(t, "")
	s.fleet()
	b := open(t, s.url)
	b.goTo(s.url+"/rollouts/shop/checkout", 1280, 900, false)
	began := time.Now()
	b.until(`performance.getEntriesByType('resource').filter(e => e.initiatorType === 'fetch').length >= 3`)
	assert.Greater(t, time.Since(began), 3*time.Second, "it asks every two seconds")
	most := value[float64](b, `Math.max(...performance.getEntriesByType('resource').filter(e => e.initiatorType === 'fetch').map(e => e.encodedBodySize))`)
	assert.Zero(t, most, "where nothing has changed nothing is sent")
}
