package steps

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// Result is what a build comes to.
type Result struct {
	// Layers are the image's, the lowest first: what each adds.
	Layers []Tree
	// Config is BuildKit's: the user, the entry point and so on. The layers are not in it yet.
	Config *dockerspec.DockerOCIImage
}

// Run executes the Dockerfile's steps, as far as the target needs them.
func (b *Build) Run(ctx context.Context) (Result, error) {
	last, operations, config, err := b.convert(ctx)
	if err != nil {
		return Result{}, err
	}
	s := solver{build: b, operations: operations, trees: map[string]Tree{}}
	if _, err := s.solve(ctx, last); err != nil {
		return Result{}, err
	}
	layers, err := s.layers(last)
	return Result{Layers: layers, Config: config}, err
}

// solver remembers what each operation came to: two stages may need the same one.
type solver struct {
	build      *Build
	operations map[string]operation
	trees      map[string]Tree
}

func (s *solver) solve(ctx context.Context, of string) (Tree, error) {
	if tree, done := s.trees[of]; done {
		return tree, nil
	}
	op, is := s.operations[of]
	if !is {
		return nil, fmt.Errorf("operation %s is missing", of)
	}
	inputs := make([]Tree, len(op.Inputs))
	for i, input := range op.Inputs {
		tree, err := s.solve(ctx, input.Digest)
		if err != nil {
			return nil, err
		}
		inputs[i] = tree
	}
	tree, err := s.execute(ctx, op, inputs)
	if err != nil {
		return nil, err
	}
	s.trees[of] = tree
	return tree, nil
}

func (s *solver) execute(ctx context.Context, op operation, inputs []Tree) (Tree, error) {
	switch o := op.GetOp().(type) {
	case *pb.Op_Source:
		return s.source(o.Source.Identifier)
	case *pb.Op_File:
		return files(o.File, inputs)
	case *pb.Op_Exec:
		folder := filepath.Join(s.build.Folder, strings.TrimPrefix(op.digest, "sha256:")[:12])
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		for _, mount := range o.Exec.Mounts {
			if mount.Dest != "/" || mount.Input < 0 {
				continue
			}
			if err := inputs[mount.Input].write(folder); err != nil {
				return nil, err
			}
		}
		if err := run(ctx, folder, o.Exec); err != nil {
			return nil, err
		}
		return Scan(folder, nil)
	default:
		return nil, fmt.Errorf("an operation of the kind %T is not known here", o)
	}
}

func (s *solver) source(identifier string) (Tree, error) {
	switch kind, name, _ := strings.Cut(identifier, "://"); kind {
	case "local":
		return s.build.Context, nil
	case "docker-image":
		return s.build.base(name)
	default:
		return nil, fmt.Errorf("the source %s is not known here", identifier)
	}
}

// files does the actions of a COPY or a WORKDIR, each of which may build on what the ones before it came to.
func files(op *pb.FileOp, inputs []Tree) (Tree, error) {
	results, out := slices.Clone(inputs), Tree(nil)
	for _, action := range op.Actions {
		tree := Tree{}
		if action.Input >= 0 {
			tree = maps.Clone(results[action.Input])
		}
		switch a := action.Action.(type) {
		case *pb.FileAction_Mkdir:
			tree.folder(clean(a.Mkdir.Path))
		case *pb.FileAction_Copy:
			if err := copyFiles(tree, results[action.SecondaryInput], a.Copy); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("an action of the kind %T is not known here", a)
		}
		results = append(results, tree)
		if action.Output >= 0 {
			out = tree
		}
	}
	return out, nil
}

// layers goes down from the last operation to where the image begins. An image here begins with nothing: on top of another image its layers
// would be needed.
func (s *solver) layers(last string) ([]Tree, error) {
	op := s.operations[last]
	file, is := op.GetOp().(*pb.Op_File)
	if !is {
		return nil, fmt.Errorf("a layer made by a %T, not by a COPY onto nothing", op.GetOp())
	}
	input := file.File.Actions[0].Input
	if input < 0 {
		return []Tree{s.trees[last]}, nil
	}
	below, err := s.layers(op.Inputs[input].Digest)
	if err != nil {
		return nil, err
	}
	return append(below, s.trees[last].since(s.trees[op.Inputs[input].Digest])), nil
}
