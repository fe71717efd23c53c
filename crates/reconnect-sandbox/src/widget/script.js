(function (page) {
  "use strict";
  var native = window.webkit && window.webkit.messageHandlers && window.webkit.messageHandlers.flinksEvent;

  function post(event) {
    var text = JSON.stringify(event);
    if (page.webview && window.ReactNativeWebView) window.ReactNativeWebView.postMessage(text);
    else if (page.webview && native) native.postMessage(text);
    else if (page.target && window.parent !== window) {
      window.parent.postMessage(page.stringify ? text : event, page.target);
    }
  }

  function each(selector, change) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), change);
  }

  // A browser keeps an iframe from taking the whole page away unless the user did something in it. The link remains.
  function go() {
    try {
      (page.top ? window.top : window).location.href = page.next;
    } catch (refused) {}
  }

  // The bank's window brings its user back to this page: the widget goes on with it, and that window closes.
  var bankWindow = "reconnect-sandbox-bank";
  if (page.returned && window.name === bankWindow && window.opener && !window.opener.closed) {
    try {
      window.opener.location.replace(window.location.href);
      window.close();
      return;
    } catch (refused) {}
  }

  page.events.forEach(post);

  ["online", "offline"].forEach(function (state) {
    window.addEventListener(state, function () {
      post({ step: "APP_" + state.toUpperCase() });
    });
  });

  // Told once the size has settled.
  var resized;
  window.addEventListener("resize", function () {
    window.clearTimeout(resized);
    resized = window.setTimeout(function () {
      post({ step: "APP_RESIZE" });
    }, 200);
  });

  // Browsers leave autofocus out in an iframe of another origin.
  each("[autofocus]", function (field) {
    field.focus();
  });

  each("[data-event]", function (element) {
    element.hidden = false;
    element.addEventListener("click", function () {
      post(JSON.parse(element.getAttribute("data-event")));
    });
  });

  // Banks let nobody frame their page, so it opens in a window of its own. Where the browser blocks that, the sandbox's
  // page opens here.
  each("form[data-popup]", function (form) {
    form.addEventListener("submit", function () {
      var opened = window.open("", bankWindow, "popup,width=480,height=760");
      post({ step: opened ? "POPUP_OPENED" : "POPUP_BLOCKED" });
      if (opened) form.target = bankWindow;
      else form.removeAttribute("target");
    });
  });

  // A form is sent once, and says that it was. The bank's window may be closed and opened again.
  each("form:not([data-popup])", function (form) {
    form.addEventListener("submit", function (event) {
      if (form.getAttribute("aria-busy")) event.preventDefault();
      form.setAttribute("aria-busy", "true");
    });
  });
  window.addEventListener("pageshow", function () {
    each("form", function (form) {
      form.removeAttribute("aria-busy");
    });
  });

  each("#search", function (search) {
    search.addEventListener("input", function () {
      var wanted = search.value.trim().toLowerCase();
      var shown = 0;
      each("[data-title]", function (item) {
        item.hidden = item.getAttribute("data-title").toLowerCase().indexOf(wanted) < 0;
        if (!item.hidden) shown += 1;
      });
      each("[data-none]", function (status) {
        status.textContent = shown ? "" : status.getAttribute("data-none");
      });
    });
  });

  if (page.next) window.setTimeout(go, 900);
})
