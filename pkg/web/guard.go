package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// policy lets a page load what this server has, and nothing else: no script or style within the page, nothing of another origin, no
// form to anywhere else, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers of every answer, refuses whatever might write, and lets nobody in without the token, if there is one.
func guard(token func() (string, error), next http.Handler) http.Handler {
	next = WithToken(token, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "this page is read-only", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// WithToken lets nobody in who doesn't present the token. It is asked for at every request, so that it can be changed; without one that can
// be read nobody is let in. A nil token lets everybody in.
func WithToken(token func() (string, error), next http.Handler) http.Handler {
	if token == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want, err := token()
		if err != nil || want == "" {
			http.Error(w, "the token that is to be presented here can't be read; the controller's log says why", http.StatusServiceUnavailable)
			return
		}
		if !allowed(r, want) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Sluice", charset="UTF-8"`)
			http.Error(w, "a token is needed: as a bearer token, or as the password of any user", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allowed says whether a request carries the token: as a bearer token, or, for browsers, as the password of any user.
func allowed(r *http.Request, want string) bool {
	have := ""
	if scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		have = strings.TrimSpace(value)
	} else if _, password, ok := r.BasicAuth(); ok {
		have = password
	}
	// Digests are equally long, so that not even the token's length can be told from how long it takes.
	a, b := sha256.Sum256([]byte(have)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
