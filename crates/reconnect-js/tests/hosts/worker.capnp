using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = (
    compatibilityDate = "2026-01-01",
    modules = [
      # The bundle names the module by its place in the package.
      (name = "src/hosts/worker.js", esModule = embed "worker.bundle.js"),
      (name = "src/reconnect.wasm", wasm = embed "node_modules/flinks-reconnect/src/reconnect.wasm"),
    ],
  ))],
);
