package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tab is a page in a Chromium of its own, and what went wrong in it.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	troubles []string
	requests []string
}

// chromium is the browser's path: that of the variable CHROMIUM, or the first that is installed.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.Fail(t, "no Chromium is installed; `make test BROWSER=no` does without this test")
	return ""
}

// open starts a browser with an empty profile. Whatever the page says on the console, every violation of its policy, and every request to
// anywhere else than the page's own origin is a trouble, and fails the test at its end.
func open(t *testing.T, origin string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		// Chromium in a container has little shared memory.
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Env("TZ=UTC"), chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, func(event any) { b.hear(event, origin) }))
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	t.Cleanup(func() { assert.Empty(t, b.heard(), "what the browser complains of") })
	return b
}

// hear notes what must not be.
func (b *tab) hear(event any, origin string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		words := []string{}
		for _, a := range e.Args {
			words = append(words, string(a.Value)+a.Description)
		}
		b.troubles = append(b.troubles, fmt.Sprintf("console.%s: %s", e.Type, strings.Join(words, " ")))
	case *runtime.EventExceptionThrown:
		b.troubles = append(b.troubles, fmt.Sprintf("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		b.troubles = append(b.troubles, fmt.Sprintf("log: %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
		u, err := url.Parse(e.Request.URL)
		if err != nil || u.Scheme+"://"+u.Host != origin {
			b.troubles = append(b.troubles, "a request to another origin: "+e.Request.URL)
		}
	}
}

func (b *tab) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.troubles...)
}

// forgive forgets troubles that a test has made on purpose; each must have happened.
func (b *tab) forgive(text string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []string
	for _, trouble := range b.troubles {
		if !strings.Contains(trouble, text) {
			rest = append(rest, trouble)
		}
	}
	assert.Less(b.t, len(rest), len(b.troubles), "%q was expected", text)
	b.troubles = rest
}

// soon is how long anything may take: the page asks for news every two seconds, and a machine may be busy.
const soon = 30 * time.Second

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, actions...))
}

// call sends one command of the protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	require.NoError(b.t, err, command.Method)
	return result
}

// goTo opens an address in a window of a size, in the light or in the dark.
func (b *tab) goTo(address string, width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	b.run(chromedp.EmulateViewport(width, height), chromedp.Navigate(address))
	b.until(`document.querySelector('main') !== null`)
}

// value is that of an expression in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err, expression)
	return v
}

// until waits for an expression to become true. It is asked through the protocol: whatever evaluates text within the page is against the
// page's policy.
func (b *tab) until(expression string) {
	b.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	late := time.NewTimer(soon)
	defer late.Stop()
	for !value[bool](b, expression) {
		select {
		case <-ticker.C:
		case <-late.C:
			require.Fail(b.t, "it never became true", "%s\n%s", expression, strings.Join(b.heard(), "\n"))
		}
	}
}
