package image

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImages builds once what all of its parts look at.
func TestImages(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(well))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of a client that is right not to trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	f := newFixture(t, server)
	controller := f.build(t, "", machine())
	crossed := f.build(t, "controller", other())
	plugin := f.build(t, "plugin", "amd64")

	t.Run("the same sources come to the same image, whichever folder they are built in", func(t *testing.T) {
		assert.Equal(t, digest(t, controller), digest(t, f.build(t, "controller", machine())))
	})
	for name, of := range map[string]struct {
		image    v1.Image
		platform string
		want     expected
	}{
		"the controller for this machine": {controller, machine(), controllerImage()},
		"the controller for another":      {crossed, other(), controllerImage()},
		"kubectl-sluice":                  {plugin, "amd64", pluginImage()},
	} {
		t.Run(name, func(t *testing.T) {
			of.want.configured(t, of.image, of.platform)
			of.want.contains(t, of.image, encoded(server.Certificate()))
			of.want.program(t, of.image, of.platform)
			layered(t, of.image)
		})
	}
	t.Run("what docs/image.md says of the sizes is so, within 5 %", func(t *testing.T) {
		sized(t, "controller", machine(), controller)
		sized(t, "controller", other(), crossed)
		sized(t, "plugin", "amd64", plugin)
	})
	t.Run("the programs run with nothing but what the image has", func(t *testing.T) {
		runsByItself(t, controller, plugin, server)
	})
	t.Run("an engine's image is no other", func(t *testing.T) { byEngine(t) })
}

func digest(t *testing.T, image v1.Image) string {
	t.Helper()
	of, err := image.Digest()
	require.NoError(t, err)
	return of.String()
}
