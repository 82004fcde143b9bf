package steps

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/moby/buildkit/solver/pb"
)

// copyFiles does what a COPY comes to.
func copyFiles(to, from Tree, action *pb.FileActionCopy) error {
	if err := known(action); err != nil {
		return fmt.Errorf("copying %s: %w", action.Src, err)
	}
	owner, err := owned(action.Owner)
	if err != nil {
		return fmt.Errorf("copying %s: %w", action.Src, err)
	}
	changed := func(file File) File {
		if action.Mode >= 0 {
			file.Mode = file.Mode.Type() | permissions(action.Mode)
		}
		return owner(file)
	}
	source, target := clean(action.Src), clean(action.Dest)
	file, is := from[source]
	switch {
	case !is && source != ".":
		return fmt.Errorf("copying %s: there is no such file", action.Src)
	case is && !file.Mode.IsDir():
		if target == "." || to[target].Mode.IsDir() || strings.HasSuffix(action.Dest, "/") {
			target = path.Join(target, path.Base(source))
		}
		to.put(target, changed(file))
		return nil
	}
	if !action.DirCopyContents {
		target = path.Join(target, path.Base(source))
	}
	to.folder(target)
	for _, name := range from.under(source) {
		inside := name
		if source != "." {
			inside = strings.TrimPrefix(name, source+"/")
		}
		to.put(path.Join(target, inside), changed(from[name]))
	}
	return nil
}

// known refuses what copyFiles would get wrong.
func known(action *pb.FileActionCopy) error {
	switch {
	case action.ModeStr != "":
		return errors.New("modes in letters are not known here")
	case action.AttemptUnpackDockerCompatibility:
		return errors.New("unpacking is not known here")
	case len(action.ExcludePatterns) > 0, len(action.IncludePatterns) > 0, strings.ContainsAny(action.Src, "*?["):
		return errors.New("wildcards are not known here")
	default:
		return nil
	}
}

// owned gives files the owner of a --chown, if there is one.
func owned(chown *pb.ChownOpt) (func(File) File, error) {
	uid, gid := -1, -1
	for _, of := range []struct {
		option *pb.UserOpt
		id     *int
	}{{chown.GetUser(), &uid}, {chown.GetGroup(), &gid}} {
		switch user := of.option.GetUser().(type) {
		case nil:
		case *pb.UserOpt_ByID:
			*of.id = int(user.ByID)
		default:
			return nil, errors.New("an owner by name: the image has no list of users")
		}
	}
	return func(file File) File {
		if uid >= 0 {
			file.UID = uid
		}
		if gid >= 0 {
			file.GID = gid
		}
		return file
	}, nil
}

// special are the bits of a mode that Go has elsewhere than everybody else.
func special() map[int32]fs.FileMode {
	return map[int32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky}
}

// permissions turns the mode of a --chmod into Go's.
func permissions(mode int32) fs.FileMode {
	is := fs.FileMode(mode & 0o777)
	for bit, of := range special() {
		if mode&bit != 0 {
			is |= of
		}
	}
	return is
}

// octal is the way back.
func octal(mode fs.FileMode) int64 {
	is := int64(mode.Perm())
	for bit, of := range special() {
		if mode&of != 0 {
			is |= int64(bit)
		}
	}
	return is
}
