package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Build is one build of a Dockerfile.
type Build struct {
	Dockerfile []byte
	Context    Tree
	// Bases are the images that a FROM may name, "golang:1.26.8-alpine".
	Bases map[string]Tree
	// Target is the stage that is built, the last one if empty.
	Target string
	Args   map[string]string
	// Machine and Platform are the architectures of the machine that builds and of the image: "amd64", "arm64". The system is Linux.
	Machine, Platform string
	// Folder is an empty folder that the build may use; the trees that come of it have their content there.
	Folder string
}

// Warnings are the findings of BuildKit's build checks (docker build --check).
func (b *Build) Warnings(ctx context.Context) ([]string, error) {
	results, err := dockerfile2llb.DockerfileLint(ctx, b.Dockerfile, b.options())
	if err != nil {
		return nil, fmt.Errorf("checking the Dockerfile: %w", err)
	}
	var warnings []string
	for _, w := range results.Warnings {
		warnings = append(warnings, fmt.Sprintf("%s: %s", w.RuleName, w.Detail))
	}
	if results.Error != nil {
		warnings = append(warnings, results.Error.Message)
	}
	return warnings, nil
}

func (b *Build) options() dockerfile2llb.ConvertOpt {
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", b.Dockerfile)
	source.Definition = &llb.Definition{}
	main := llb.Local("context")
	target := ocispecs.Platform{OS: "linux", Architecture: b.Platform}
	return dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{
			BuildArgs: b.Args, Target: b.Target,
			BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: b.Machine}}, TargetPlatforms: []ocispecs.Platform{target},
		},
		MainContext: &main, SourceMap: source, TargetPlatform: &target, MetaResolver: resolver{b},
	}
}

// operation is one node of the graph that BuildKit makes of a Dockerfile.
type operation struct {
	*pb.Op
	digest string
}

// convert has BuildKit read the Dockerfile. What is returned first is the operation whose result is the image's file system.
func (b *Build) convert(ctx context.Context) (last string, operations map[string]operation, config *dockerspec.DockerOCIImage, err error) {
	result, err := dockerfile2llb.Dockerfile2LLB(ctx, b.Dockerfile, b.options())
	if err != nil {
		return "", nil, nil, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	definition, err := result.State.Marshal(ctx, llb.Platform(ocispecs.Platform{OS: "linux", Architecture: b.Platform}))
	if err != nil {
		return "", nil, nil, fmt.Errorf("operations of the Dockerfile: %w", err)
	}
	operations = map[string]operation{}
	for _, data := range definition.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(data); err != nil {
			return "", nil, nil, fmt.Errorf("an operation of the Dockerfile: %w", err)
		}
		of := digest.FromBytes(data).String()
		operations[of] = operation{op, of}
		if op.GetOp() == nil {
			last = op.Inputs[0].Digest // the one that does nothing but point to the result
		}
	}
	return last, operations, result.Image, nil
}

// resolver answers what a base image's configuration is. Nothing is fetched: an image must be one of the build's.
type resolver struct{ build *Build }

var _ llb.ImageMetaResolver = resolver{}

// ResolveImageConfig is asked by BuildKit for every FROM but scratch.
func (r resolver) ResolveImageConfig(_ context.Context, name string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if _, err := r.build.base(name); err != nil {
		return "", "", nil, err
	}
	config, err := json.Marshal(ocispecs.Image{
		Platform: ocispecs.Platform{OS: "linux", Architecture: r.build.Machine},
		// An image without layers is taken for scratch; which they are isn't asked.
		RootFS: ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString(name)}},
		Config: ocispecs.ImageConfig{Env: []string{"PATH=/go/bin:/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin", "GOPATH=/go"}},
	})
	return name, "", config, err
}

func (b *Build) base(name string) (Tree, error) {
	short := strings.TrimPrefix(name, "docker.io/library/")
	if tree, is := b.Bases[short]; is {
		return tree, nil
	}
	return nil, fmt.Errorf("FROM %s: the build has only %v", short, slices.Sorted(maps.Keys(b.Bases)))
}
