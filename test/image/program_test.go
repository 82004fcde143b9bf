package image

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program looks at the program in the image: it is static, stripped, for the platform, and says nothing of the machine it was built on.
func (e expected) program(t *testing.T, image v1.Image, platform string) {
	t.Helper()
	program := content(t, image, e.name)
	require.NotEmpty(t, program)
	parsed, err := elf.NewFile(bytes.NewReader(program))
	require.NoError(t, err)
	assert.Equal(t, map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[platform], parsed.Machine)
	for _, segment := range parsed.Progs {
		assert.NotEqual(t, elf.PT_INTERP, segment.Type, "it asks for a dynamic linker, which the image hasn't")
	}
	libraries, err := parsed.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries, "it asks for libraries, which the image hasn't")
	assert.Nil(t, parsed.Section(".symtab"), "-s")
	assert.Nil(t, parsed.Section(".debug_info"), "-w")

	info, err := buildinfo.Read(bytes.NewReader(program))
	require.NoError(t, err)
	licensed(t, info, string(content(t, image, "licenses/modules")))
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	assert.Equal(t, "0", settings["CGO_ENABLED"])
	assert.Equal(t, "true", settings["-trimpath"])
	for _, revision := range []string{"vcs", "vcs.revision", "vcs.modified"} {
		assert.Empty(t, settings[revision], "-buildvcs=false: a copy without .git must come to the same program")
	}
	here, err := filepath.Abs(repository())
	require.NoError(t, err)
	for what, folder := range map[string]string{"the repository": here, "the temporary folder": t.TempDir()} {
		if len(folder) > 1 {
			assert.Falsef(t, bytes.Contains(program, []byte(folder)), "where %s lies is in the program: %s", what, folder)
		}
	}
	assert.True(t, bytes.Contains(program, []byte(version)), "the version is stamped")
}

// licensed asserts that every module in the program has its licence in the image, and that each of them says something.
func licensed(t *testing.T, info *buildinfo.BuildInfo, text string) {
	t.Helper()
	require.NotEmpty(t, info.Deps)
	for _, module := range info.Deps {
		_, after, is := strings.Cut(text, "==== "+module.Path+" "+module.Version+": ")
		assert.True(t, is && len(after) > 500, "the licence of %s %s isn't in the image", module.Path, module.Version)
	}
}

// content is a file's.
func content(t *testing.T, image v1.Image, name string) []byte {
	t.Helper()
	for _, file := range files(t, image) {
		if file.Name == name {
			return file.content
		}
	}
	require.Fail(t, "the image has no "+name)
	return nil
}
