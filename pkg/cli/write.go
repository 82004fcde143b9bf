package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/cli/command"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/source"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// fieldManager is who wrote, for those who look at an object's fields.
const fieldManager = "kubectl-sluice"

// tries is how often a write is decided anew when somebody else was faster.
const tries = 5

// write gives the command, if there is anything to give it to, and returns the state that it was given in.
func (o *order) write(ctx context.Context, s *source.Source) (*rollout.Rollout, error) {
	for range tries {
		version, r, err := o.look(ctx, s)
		if err != nil {
			return nil, err
		}
		if err := command.Check(o.verb, r); err != nil {
			return nil, err
		}
		value := string(o.verb) + " " + r.Run.Canary.Hash
		if r.Run.Handled == o.verb {
			// It was carried out once; the run must first forget it, which it does when the annotation is gone.
			if err := o.forget(ctx, s, version, r); err != nil {
				return nil, err
			}
			continue
		}
		if r.Command == value {
			return r, nil // it stands there already, and is about to be carried out
		}
		err = o.patch(ctx, map[string]any{"metadata": map[string]any{
			"resourceVersion": version, "annotations": map[string]any{spec.AnnotationCommand: value},
		}})
		if !apierrors.IsConflict(err) {
			return r, err
		}
	}
	return nil, errBusy
}

// look reads the Deployment's version first: what is decided on is at least as new, so that a write that names the version is refused
// if anything has changed since.
func (o *order) look(ctx context.Context, s *source.Source) (string, *rollout.Rollout, error) {
	d, err := o.client.AppsV1().Deployments(o.namespace).Get(ctx, o.name, metav1.GetOptions{})
	if err != nil {
		return "", nil, err
	}
	r, err := s.Read(ctx, o.namespace, o.name)
	return d.ResourceVersion, &r, err
}

// forget takes the annotation away and waits until the run doesn't know the command any more.
func (o *order) forget(ctx context.Context, s *source.Source, version string, before *rollout.Rollout) error {
	if before.Command != "" {
		if err := o.remove(ctx, version); err != nil && !apierrors.IsConflict(err) {
			return err
		}
	}
	_, err := o.quietly().until(ctx, s, o.namespace, o.name, heed, func(r *rollout.Rollout) (command.Progress, string) {
		if r.Run == nil || r.Run.ID != before.Run.ID || r.Run.Handled != o.verb {
			return command.Done, ""
		}
		return command.Waiting, ""
	})
	if err != nil {
		return fmt.Errorf("run %d has carried out %s once and does not forget it: %w", before.Run.Number, o.verb, err)
	}
	return nil
}

// clear takes the command away that was given, unless there is another one by now.
func (o *order) clear(ctx context.Context, before *rollout.Rollout) error {
	value := string(o.verb) + " " + before.Run.Canary.Hash
	for range tries {
		d, err := o.client.AppsV1().Deployments(o.namespace).Get(ctx, o.name, metav1.GetOptions{})
		if err != nil || d.Annotations[spec.AnnotationCommand] != value {
			return err
		}
		if err := o.remove(ctx, d.ResourceVersion); !apierrors.IsConflict(err) {
			return err
		}
	}
	return errBusy
}

func (o *order) remove(ctx context.Context, version string) error {
	return o.patch(ctx, map[string]any{"metadata": map[string]any{
		"resourceVersion": version, "annotations": map[string]any{spec.AnnotationCommand: nil},
	}})
}

// restart marks the template as kubectl rollout restart does
// (k8s.io/kubectl v0.37.2, pkg/polymorphichelpers/objectrestarter.go).
func (o *order) restart(ctx context.Context, s *source.Source) error {
	for range tries {
		version, r, err := o.look(ctx, s)
		if err != nil {
			return err
		}
		if err := command.CheckRestart(r); err != nil {
			return err
		}
		err = o.patch(ctx, map[string]any{
			"metadata": map[string]any{"resourceVersion": version},
			"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
				"annotations": map[string]any{"kubectl.kubernetes.io/restartedAt": o.Now().Format(time.RFC3339)},
			}}},
		})
		if !apierrors.IsConflict(err) {
			return err
		}
	}
	return errBusy
}

// patch merges fields into the Deployment. A resourceVersion among them is a precondition (k8s.io/apiserver v0.37.2,
// pkg/endpoints/handlers/patch.go).
func (o *order) patch(ctx context.Context, fields map[string]any) error {
	body, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("patch of deployment %q: %w", o.name, err)
	}
	_, err = o.client.AppsV1().Deployments(o.namespace).Patch(ctx, o.name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}
