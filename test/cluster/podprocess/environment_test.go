package podprocess

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	known := map[string]string{"NAME": "shop", "EMPTY": ""}
	for name, test := range map[string]struct{ text, want string }{
		"a text without references stays":       {"--flag=x", "--flag=x"},
		"a reference becomes the value":         {"a-$(NAME)-b", "a-shop-b"},
		"several do":                            {"$(NAME)$(EMPTY)$(NAME)", "shopshop"},
		"an unknown one stays":                  {"$(OTHER)/$(NAME)", "$(OTHER)/shop"},
		"one that is escaped stays, with one $": {"$$(NAME)", "$(NAME)"},
		"a shell's is none":                     {"${NAME} $NAME $", "${NAME} $NAME $"},
		"one that isn't closed stays":           {"$(NAME", "$(NAME"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, expand(test.text, known))
		})
	}
}
