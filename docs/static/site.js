// What scrolls sideways can be scrolled with the keyboard too.
function reach() {
  for (const part of document.querySelectorAll("pre, .table-wrapper, .cell_output, .drawing")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
