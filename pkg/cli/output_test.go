package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you believe it")

// TestItems shows what programs get. Fields may be added; a name that is gone breaks somebody's script.
func TestItems(t *testing.T) {
	for name, state := range map[string]*clitest.State{
		"preview": clitest.Preview(), "baking": clitest.Baking(), "testers": clitest.Testers(), "hook-failed": clitest.HookFailed(),
		"after-failed": clitest.AfterFailed(), "waiting": clitest.Waiting(),
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			a := &app{Options: Options{Out: &out}}
			require.NoError(t, a.encode("yaml", itemOf(state.Rollout())))
			path := filepath.Join("testdata", "item-"+name+".yaml")
			if *update {
				require.NoError(t, os.WriteFile(path, out.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String())
		})
	}
}
