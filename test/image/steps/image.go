package steps

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Image puts layers and configuration together. Every time in it is created, as an exporter of BuildKit does with rewrite-timestamp.
func (r *Result) Image(created time.Time) (v1.Image, error) {
	image := empty.Image
	for i, files := range r.Layers {
		archive, err := archived(files, created)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil },
			tarball.WithCompressionLevel(gzip.DefaultCompression)) // as BuildKit does
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		if image, err = mutate.AppendLayers(image, layer); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
	}
	withLayers, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	// Both are the same format, the one of BuildKit and the one of the library that writes images.
	data, err := json.Marshal(r.Config)
	if err != nil {
		return nil, err
	}
	config := &v1.ConfigFile{}
	if err := json.Unmarshal(data, config); err != nil {
		return nil, err
	}
	config.RootFS, config.Created = withLayers.RootFS, v1.Time{Time: created}
	for i := range config.History {
		config.History[i].Created = v1.Time{Time: created}
	}
	return mutate.ConfigFile(image, config)
}

func archived(files Tree, created time.Time) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, name := range files.Paths() {
		file := files[name]
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Mode: octal(file.Mode), Uid: file.UID, Gid: file.GID, ModTime: created, Format: tar.FormatPAX,
		}
		var content []byte
		if file.Mode.IsDir() {
			header.Typeflag, header.Name = tar.TypeDir, name+"/"
		} else {
			var err error
			if content, err = os.ReadFile(file.Content); err != nil {
				return nil, err
			}
			header.Size = int64(len(content))
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(content); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return buffer.Bytes(), err
}
