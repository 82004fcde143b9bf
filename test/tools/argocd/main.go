// Command argocd-judge lets tests ask Argo CD what it would say and do: of what health an object is, which actions it offers and what
// they write, whether an Application is in sync, and what a sync changes. It reads requests from standard input, one JSON object a line,
// and answers each with one line.
//
// It owns no opinion. Health and actions are run by Argo CD's util/lua, differences are found by its util/argo/diff, and what is out of
// sync is applied by its gitops-engine. Only what Argo CD doesn't export is written again here, small, and names its source: reading
// resource customizations out of argocd-cm (customize.go), the fields that RespectIgnoreDifferences takes from the live object
// (respect.go), and the patch of an action (lua.go). The Application controller around them, its queues, caches and Redis, is not here.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
	"k8s.io/klog/v2"
)

// maxLine is the longest request, in bytes: a handful of objects with their managed fields.
const maxLine = 16 << 20

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster, for compare and sync; without it only health and actions are answered")
	flag.Parse()
	// Whoever asks is told in the answer; Argo CD's own log would drown it.
	logrus.SetOutput(io.Discard)
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)
	if err := serve(context.Background(), *kubeconfig, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "argocd-judge:", err)
		os.Exit(1)
	}
}

// serve answers until the requests end. A request that can't be answered is answered with its error.
func serve(ctx context.Context, kubeconfig string, requests io.Reader, answers io.Writer) error {
	j, err := newJudge(kubeconfig)
	if err != nil {
		return err
	}
	defer j.close()
	lines := bufio.NewScanner(requests)
	lines.Buffer(make([]byte, 0, 1<<20), maxLine)
	out := json.NewEncoder(answers)
	for lines.Scan() {
		var r request
		var a answer
		err := json.Unmarshal(lines.Bytes(), &r)
		if err == nil {
			a, err = j.answer(ctx, r)
		}
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if err := out.Encode(a); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return lines.Err()
}
