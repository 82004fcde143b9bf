package steps

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// File is a file or a folder of a Tree.
type File struct {
	Mode     fs.FileMode
	UID, GID int
	// Content is where the file's content lies on this machine; a folder has none.
	Content string
}

// Tree is a file system: files by their path, without a slash at the start. The root is not in it.
type Tree map[string]File

// Paths lists the tree's paths in order; a folder comes before what is in it.
func (t Tree) Paths() []string { return slices.Sorted(maps.Keys(t)) }

// Scan reads a folder of this machine; everything in it belongs to root, as it does in a build. keep, if not nil, says what is taken;
// folders are there if something in them is.
func Scan(folder string, keep func(name string) (bool, error)) (Tree, error) {
	t := Tree{}
	err := filepath.WalkDir(folder, func(full string, entry fs.DirEntry, err error) error {
		if err != nil || full == folder {
			return err
		}
		relative, err := filepath.Rel(folder, full)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if keep != nil {
			if kept, err := keep(name); err != nil || !kept {
				return err
			}
		}
		info, err := entry.Info()
		switch {
		case err != nil:
			return err
		case info.IsDir() && keep != nil:
			return nil
		case info.IsDir():
			t[name] = File{Mode: fs.ModeDir | info.Mode().Perm()}
		case info.Mode().IsRegular():
			t.put(name, File{Mode: info.Mode(), Content: full})
		default:
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		return nil
	})
	return t, err
}

// put adds a file, with the folders that lead to it if they aren't there.
func (t Tree) put(name string, file File) {
	t.folder(path.Dir(name))
	t[name] = file
}

func (t Tree) folder(name string) {
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if _, is := t[name]; !is {
			t[name] = File{Mode: fs.ModeDir | 0o755}
		}
	}
}

// under lists the names below folder, in order; "." is the root.
func (t Tree) under(folder string) []string {
	names := t.Paths()
	if folder == "." {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}

// since is what t has that before hasn't, or has otherwise.
func (t Tree) since(before Tree) Tree {
	more := Tree{}
	for name, file := range t {
		if was, is := before[name]; !is || was != file {
			more[name] = file
		}
	}
	return more
}

// write lays the tree's content out in an empty folder. Owners are left out: only root could set them.
func (t Tree) write(folder string) error {
	for _, name := range t.Paths() {
		file, full := t[name], filepath.Join(folder, filepath.FromSlash(name))
		if file.Mode.IsDir() {
			if err := os.MkdirAll(full, file.Mode.Perm()|0o700); err != nil {
				return err
			}
			continue
		}
		content, err := os.ReadFile(file.Content)
		if err != nil {
			return err
		}
		//nolint:gosec // its name is one of the repository's, and a Tree has none that leads out of it
		if err := os.WriteFile(full, content, file.Mode.Perm()|0o200); err != nil {
			return err
		}
	}
	return nil
}

// clean turns an absolute path of an operation into a name of a Tree; the root is ".".
func clean(absolute string) string {
	return path.Clean(strings.TrimLeft(path.Clean("/"+absolute), "/"))
}
