import reconnect = require("flinks-reconnect");
import widget = require("flinks-reconnect/widget");

export const instance: reconnect.Instance = reconnect.Instance.named("toolbox", "c");
export const means: widget.Meaning | undefined = widget.readNews("?loginId=l")?.means;
