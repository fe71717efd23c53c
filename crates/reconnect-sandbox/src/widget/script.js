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

  // The bank leads back to this page in its own window: the widget loads the page instead, and that window closes.
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

  // A bank does not let its page be framed, so it opens in a window of its own. If the browser blocks that window, the
  // bank's page of the sandbox opens here.
  each("form[data-popup]", function (form) {
    form.addEventListener("submit", function () {
      var opened = window.open("", bankWindow, "popup,width=480,height=760");
      post({ step: opened ? "POPUP_OPENED" : "POPUP_BLOCKED" });
      if (opened) form.target = bankWindow;
      else form.removeAttribute("target");
    });
  });

  // A form is sent once, and then marked as busy. The form that opens the bank's window may be sent again.
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
