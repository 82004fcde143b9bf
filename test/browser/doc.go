// Package browser opens the web page of pkg/web in a headless Chromium, as a user would, and takes the pictures of the documentation.
//
// The page is fed with the stories of pkg/web/webtest: no cluster is needed. Where there is no Chromium the Makefile says so.
package browser
