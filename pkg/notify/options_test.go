package notify

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

func TestWrongOptionsNameTheirFlag(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no URL":            {Options{SecretFile: file(t, "x")}, "neither --webhook-url nor --webhook-url-file"},
		"two URLs":          {Options{URL: "http://a", URLFile: file(t, "http://b")}, "--webhook-url and --webhook-url-file are both set"},
		"no scheme":         {Options{URL: "hush.example/hush"}, "--webhook-url: not a URL to send to"},
		"another scheme":    {Options{URL: "ftp://hush.example"}, "--webhook-url: not a URL to send to"},
		"no host":           {Options{URL: "https:///hush"}, "--webhook-url: not a URL to send to"},
		"no URL at all":     {Options{URL: "http://hush\x7f"}, "--webhook-url: not a URL to send to"},
		"a URL file's":      {Options{URLFile: file(t, "hush")}, "--webhook-url-file: not a URL to send to"},
		"an empty URL file": {Options{URLFile: file(t, " \n")}, "--webhook-url-file:"},
		"no URL file":       {Options{URLFile: "/nonexistent/file"}, "--webhook-url-file: open /nonexistent/file"},
		"no secret file":    {Options{URL: "http://a", SecretFile: "/nonexistent/file"}, "--webhook-secret-file: open /nonexistent/file"},
		"an empty secret":   {Options{URL: "http://a", SecretFile: file(t, "\n")}, "--webhook-secret-file:"},
		"no CA file":        {Options{URL: "https://a", CAFile: "/nonexistent/file"}, "--webhook-ca-file:"},
		"no certificate":    {Options{URL: "https://a", CAFile: file(t, "hello")}, "--webhook-ca-file:"},
		"a timeout":         {Options{URL: "http://a", Timeout: -time.Second}, "--webhook-timeout is -1s"},
		"a reason":          {Options{URL: "http://a", Reasons: []string{"GateFailed", "Gatefailed"}}, `--webhook-reasons: there is no event with the reason "Gatefailed"; want some of Ungated, RunStarted, `},
		"a state":           {Options{URL: "http://a", Reasons: []string{"StepTime"}}, `--webhook-reasons: there is no event with the reason "StepTime"`},
	} {
		c.o.Log = zap.NewNop()
		_, err := New(c.o)
		require.ErrorIs(t, err, errOptions, name)
		require.ErrorContains(t, err, c.want, name)
		assert.NotContains(t, err.Error(), "hush", name)
		assert.True(t, c.o.Enabled(), name)
	}
	assert.False(t, Options{Timeout: time.Second, Version: "1", Log: zap.NewNop()}.Enabled())
	n, err := New(Options{URL: "http://a", Log: zap.NewNop()})
	require.NoError(t, err)
	assert.Equal(t, 10*time.Second, n.options.Timeout)
}

func TestHowLongAReceiverIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value string
		want  time.Duration
	}{
		"nothing said":    {"", 0},
		"seconds":         {"7", 7 * time.Second},
		"a date":          {start.Add(90 * time.Second).Format(http.TimeFormat), 89*time.Second + 999999911},
		"a date long ago": {start.Add(-time.Hour).Format(http.TimeFormat), 0},
		"below nothing":   {"-5", 0},
		"for ever":        {"99999999999", longestAsked},
		"until far away":  {start.AddDate(1, 0, 0).Format(http.TimeFormat), longestAsked},
		"no time":         {"soon", 0},
	} {
		assert.Equal(t, c.want, retryAfter(http.Header{"Retry-After": {c.value}}, start), name)
	}
}

func TestTheWaitDoublesUpToABound(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2*maxAttempts; n++ {
		most := min(time.Second<<min(n-1, 20), longestWait)
		for _, id := range []string{"a", "b", "c"} {
			wait := backoff(n, id)
			assert.LessOrEqual(t, wait, most, n)
			assert.Greater(t, wait, most*49/100, n)
		}
	}
	assert.NotEqual(t, backoff(5, "a"), backoff(5, "b"), "not all at once")
}
