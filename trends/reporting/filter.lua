-- Cross-references, captions, callouts and tabsets of the common subset, for HTML, typst and DOCX.

local NAMES = { fig = "Figure", tbl = "Table", eq = "Equation", sec = "Section" }
local is_html = FORMAT:match("^html") ~= nil
local is_typst = FORMAT == "typst"
local is_docx = FORMAT == "docx"
local counts = { fig = 0, tbl = 0, eq = 0 }
local numbers = {}
local sections = {}
local tabsets = 0
local numbered = false

local function kind_of(id)
  local kind = id and id:match("^(%l+)%-")
  return NAMES[kind] and kind or nil
end

local function number(id)
  local kind = kind_of(id)
  counts[kind] = counts[kind] + 1
  numbers[id] = tostring(counts[kind])
  return NAMES[kind] .. "\u{a0}" .. numbers[id]
end

local function raw(text)
  return pandoc.RawBlock(is_html and "html" or "typst", text)
end

local function inlines_of(block)
  return block.content or pandoc.Inlines({})
end

local function plain_caption(name, content)
  local caption = pandoc.Inlines({})
  if is_html then
    caption:insert(pandoc.Span({ pandoc.Str(name .. ":") }, { class = "caption-label" }))
    caption:insert(pandoc.Space())
  elseif is_docx then
    caption:insert(pandoc.Strong({ pandoc.Str(name .. ":") }))
    caption:insert(pandoc.Space())
  end
  caption:extend(content)
  return pandoc.Plain(caption)
end

local function escape(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

-- Tables ---------------------------------------------------------------------------------------------------------

-- great_tables says with classes how a cell stands; pandoc keeps only the alignment of columns.
local function alignment_of(cell)
  local classes = cell.attr.classes
  if classes:includes("gt_right") then return "AlignRight" end
  if classes:includes("gt_center") then return "AlignCenter" end
  if classes:includes("gt_left") then return "AlignLeft" end
  return cell.alignment
end

local function in_style(style, blocks, id)
  return pandoc.Div(blocks, pandoc.Attr(id or "", {}, { ["custom-style"] = style }))
end

local function style_cell(cell, bold)
  cell.alignment = cell.attr.classes:includes("gt_group_heading") and "AlignLeft" or alignment_of(cell)
  local weight = cell.attr.attributes.style and cell.attr.attributes.style:match("font%-weight:%s*bold")
  if bold or weight or cell.attr.classes:includes("gt_group_heading") then
    cell.contents = cell.contents:walk({
      Plain = function(b) return pandoc.Plain({ pandoc.Strong(b.content) }) end,
      Para = function(b) return pandoc.Para({ pandoc.Strong(b.content) }) end,
    })
  end
  local fill = cell.attr.attributes.style and cell.attr.attributes.style:match("background%-color:%s*(#%x+)")
  cell.attr = pandoc.Attr("", {}, fill and { ["typst:fill"] = 'rgb("' .. fill .. '")' } or {})
  if is_docx then -- a Plain block keeps pandoc's own style whatever stands around it
    local text = cell.contents:walk({ Plain = function(b) return pandoc.Para(b.content) end })
    cell.contents = pandoc.Blocks({ in_style("Table Text", text) })
  end
  return cell
end

local function style_rows(rows, bold)
  for _, row in ipairs(rows) do
    row.attr = pandoc.Attr()
    for _, cell in ipairs(row.cells) do style_cell(cell, bold) end
  end
  return rows
end

local function longest(text)
  local word = 0
  for w in text:gmatch("%S+") do word = math.max(word, utf8.len(w) or #w) end
  return word, utf8.len(text) or #text
end

-- How many characters wide each column has to be for no word to break, and how many it would like: headings may wrap
-- between words, long cells too. The letters of a word alone are wider than those of a line with its spaces, bold ones more so.
local PLAIN, BOLD = 1.1, 1.25
local LETTER = 6 -- pixels of a letter of table text

local function words_of(cell)
  local bare = cell.contents:walk({
    Image = function(img) return pandoc.Str(string.rep("x", math.ceil((tonumber(img.attributes.width) or 96) / LETTER))) end,
  })
  return pandoc.utils.stringify(bare)
end

local function widths(tbl, longest_line)
  local need, like = {}, {}
  local function rows(list, heading)
    for _, row in ipairs(list) do
      local column = 1
      for _, cell in ipairs(row.cells) do
        if cell.col_span == 1 then
          local word, all = longest(words_of(cell))
          if heading then all = word * BOLD end
          need[column] = math.max(need[column] or 0, word * (heading and BOLD or PLAIN))
          like[column] = math.max(like[column] or 0, math.min(all, math.max(heading and all or word, longest_line or 24)))
        end
        column = column + cell.col_span
      end
    end
  end
  rows(tbl.head.rows, true)
  for _, body in ipairs(tbl.bodies) do rows(body.body, false) end
  return need, like
end

local function characters(tbl)
  local sum = 0
  local _, like = widths(tbl)
  for _, n in pairs(like) do sum = sum + n end
  return sum
end

-- Word breaks words where a column is too narrow: each gets room for its longest one, then what it would like.
local LINE, PADDING = 104, 2 -- characters of a line of table text, and of the space around a cell's

local function shares(tbl)
  local need, like = widths(tbl, 48)
  local least, most, count = 0, 0, #tbl.colspecs
  for i = 1, count do
    least = least + (need[i] or 0) + PADDING
    most = most + math.max(need[i] or 0, like[i] or 0) + PADDING
  end
  local part = most > least and math.max(0, math.min(1, (LINE - least) / (most - least))) or 0
  local out, sum = {}, 0
  for i = 1, count do
    local floor = need[i] or 0
    out[i] = floor + part * math.max(0, (like[i] or 0) - floor) + PADDING
    sum = sum + out[i]
  end
  for i = 1, count do out[i] = out[i] / sum end
  return out
end

local function paper_table(tbl)
  style_rows(tbl.head.rows, true)
  for _, body in ipairs(tbl.bodies) do
    style_rows(body.head, true)
    style_rows(body.body, false)
  end
  style_rows(tbl.foot.rows, false)
  local part = is_docx and shares(tbl) or {}
  for i, spec in ipairs(tbl.colspecs) do tbl.colspecs[i] = { spec[1], part[i] } end
  tbl.caption = pandoc.Caption()
  tbl.attr = pandoc.Attr("", { "typst:no-figure" })
  return tbl
end

local function fitted(tables)
  if is_docx then return tables end
  local columns, wide = 1, 0
  for _, t in ipairs(tables) do
    if t.t == "Table" then
      columns = math.max(columns, #t.colspecs)
      wide = math.max(wide, characters(t))
    end
  end
  local out = pandoc.Blocks({ raw("#fitted(" .. columns .. ", " .. wide .. ")[") })
  out:extend(tables)
  out:insert(raw("]"))
  return out
end

-- A small chart inside a table; for Word it is a picture file already, whose description goes with it.
local function small_chart(img)
  if is_docx and img.src:match("^_figures/chart%-%d+%.svg$") then
    img.attributes.alt = pandoc.utils.stringify(img.caption)
    return img
  end
  if not img.src:match("^data:image/svg") then return end
  local _, svg = pandoc.mediabag.fetch(img.src)
  local text = svg:gsub("\\", "\\\\"):gsub('"', '\\"')
  return pandoc.RawInline("typst", '#box(image(bytes("' .. text .. '"), format: "svg", height: 9pt))')
end

local function tables_in(html)
  local found = pandoc.Blocks({})
  pandoc.read(html, "html"):walk({ Image = small_chart }):walk({ Table = function(t) found:insert(t) end })
  return found
end

local function paper_tables(blocks)
  local out = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "RawBlock" and block.format == "html" then
      for _, t in ipairs(tables_in(block.text)) do out:insert(paper_table(t)) end
    elseif block.t == "Table" then
      out:insert(paper_table(block))
    else
      out:insert(block)
    end
  end
  return out
end

local function scroller(blocks, label)
  local out = pandoc.Blocks({ raw('<div class="scroll" tabindex="0" role="region" aria-label="' .. escape(label) .. '">') })
  out:extend(blocks)
  out:insert(raw("</div>"))
  return out
end

local function table_float(id, blocks, caption)
  local name = number(id)
  local label = plain_caption(name, caption)
  if is_html then
    local out = pandoc.Blocks({ raw('<figure id="' .. id .. '" class="float table-float"><figcaption>'), label, raw("</figcaption>") })
    out:extend(scroller(blocks, name))
    out:insert(raw("</figure>"))
    return out
  end
  if is_docx then
    local out = pandoc.Blocks({ in_style("Table Caption", { pandoc.Para(label.content) }, id) })
    out:extend(paper_tables(blocks))
    return out
  end
  local out = pandoc.Blocks({ raw("#figure(kind: table, caption: ["), label, raw("], [") })
  out:extend(fitted(paper_tables(blocks)))
  out:insert(raw("]) <" .. id .. ">"))
  return out
end

-- Figures --------------------------------------------------------------------------------------------------------

local function alt_of(image)
  return image.attributes["fig-alt"] or image.attributes.alt or ""
end

local function figure_float(id, blocks, caption)
  local name = number(id)
  local label = plain_caption(name, caption)
  if is_html then
    local out = pandoc.Blocks({ raw('<figure id="' .. id .. '" class="float figure-float">') })
    out:extend(scroller(blocks, name))
    out:extend({ raw("<figcaption>"), label, raw("</figcaption></figure>") })
    return out
  end
  if is_docx then
    local caption_below = in_style("Image Caption", { pandoc.Para(label.content) })
    return pandoc.Blocks({ in_style("Captioned Figure", paper_tables(blocks), id), caption_below })
  end
  local out = pandoc.Blocks({ raw("#figure(kind: image, caption: ["), label, raw("], [") })
  out:extend(paper_tables(blocks))
  out:insert(raw("]) <" .. id .. ">"))
  return out
end

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"'
end

local function image(img)
  local alt = alt_of(img)
  local width = img.attributes.width
  if is_html then
    local percent = width and tonumber(width:match("^(%d+)%%$"))
    img.attributes = { alt = alt, width = percent and tostring(math.floor(percent * 6.72 + 0.5)) or width }
    img.caption = pandoc.Inlines(alt ~= "" and { pandoc.Str(alt) } or {})
    img.identifier = ""
    return img
  end
  if is_docx then
    img.src = img.src:gsub("%.svg$", ".png")
    img.attributes = { width = width }
    img.caption = pandoc.Inlines(alt ~= "" and { pandoc.Str(alt) } or {})
    img.identifier = ""
    return img
  end
  local size = width and ("width: " .. width .. ", ") or ""
  local text = "#fitted-image(" .. size .. "alt: " .. typst_string(alt) .. ", " .. typst_string(img.src) .. ")"
  return pandoc.RawInline("typst", text)
end

-- First pass: number what can be referred to, in the order of the page ------------------------------------------

local function header(h)
  if h.classes:includes("unnumbered") or not numbered then return end
  for i = h.level + 1, 6 do sections[i] = 0 end
  sections[h.level] = (sections[h.level] or 0) + 1
  local parts, started = {}, false
  for i = 1, h.level do
    if sections[i] and sections[i] > 0 then started = true end
    if started then parts[#parts + 1] = tostring(sections[i] or 0) end
  end
  numbers[h.identifier] = table.concat(parts, ".")
  if is_docx then
    h.content:insert(1, pandoc.Str(numbers[h.identifier] .. "\u{a0}\u{a0}"))
    return h
  end
  if not is_html then return end
  h.content:insert(1, pandoc.Space())
  h.content:insert(1, pandoc.Span({ pandoc.Str(numbers[h.identifier]) }, { class = "header-section-number" }))
  return h
end

local function last_is_caption(div)
  local last = div.content[#div.content]
  return last and (last.t == "Para" or last.t == "Plain")
end

local function div_float(div)
  local kind = kind_of(div.identifier)
  if kind ~= "fig" and kind ~= "tbl" then return end
  local caption = pandoc.Inlines({})
  if #div.content > 1 and last_is_caption(div) then caption = inlines_of(div.content:remove()) end
  -- A cell's output may be wrapped once more.
  local float = kind == "fig" and figure_float or table_float
  return float(div.identifier, div.content, caption), false
end

local function figure(fig)
  if kind_of(fig.identifier) ~= "fig" then return end
  local caption = pandoc.utils.blocks_to_inlines(fig.caption.long)
  return figure_float(fig.identifier, fig.content, caption), false
end

local function markdown_table(tbl)
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  local id = tbl.identifier
  if kind_of(id) == "tbl" then
    tbl.identifier = ""
    tbl.caption = pandoc.Caption()
    return table_float(id, pandoc.Blocks({ tbl }), caption), false
  end
  if is_html then return scroller(pandoc.Blocks({ tbl }), "Table"), false end
  return fitted(pandoc.Blocks({ paper_table(tbl) })), false
end

local function equation(para)
  local math, last = para.content[1], para.content[#para.content]
  local id = math and math.t == "Math" and last.t == "Str" and last.text:match("^{#(eq%-[%w-]+)}$")
  if not id then return end
  number(id)
  if is_typst then
    local text = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), "typst"):gsub("%s+$", "")
    return raw(text .. " <" .. id .. ">"), false
  end
  if is_docx then
    return pandoc.Div({ pandoc.Para({ math, pandoc.Space(), pandoc.Str("(" .. numbers[id] .. ")") }) }, { id = id }), false
  end
  return pandoc.Div({
    pandoc.Plain({ math }),
    pandoc.Plain({ pandoc.Span({ pandoc.Str("(" .. numbers[id] .. ")") }, { class = "equation-number" }) }),
  }, { id = id, class = "equation" }), false
end

local function raw_html_table(block)
  if is_html or block.format ~= "html" then return end
  return fitted(paper_tables(pandoc.Blocks({ block }))), false
end

-- Second pass: references ----------------------------------------------------------------------------------------

local function reference(citation)
  local kind = kind_of(citation.id)
  local bare = citation.mode == "SuppressAuthor"
  if not numbers[citation.id] then
    io.stderr:write("UNRESOLVED " .. citation.id .. "\n")
    return pandoc.Str("@" .. citation.id)
  end
  if is_typst then
    local supplement = bare and "none" or "[" .. NAMES[kind] .. "]"
    return pandoc.RawInline("typst", "#ref(<" .. citation.id .. ">, supplement: " .. supplement .. ")")
  end
  local text = (bare and "" or NAMES[kind] .. "\u{a0}") .. numbers[citation.id]
  return pandoc.Link(text, "#" .. citation.id, "", { class = "xref" })
end

local function cite(c)
  local out = pandoc.Inlines({})
  for i, citation in ipairs(c.citations) do
    if not kind_of(citation.id) then return end
    if i > 1 then out:extend({ pandoc.Str(","), pandoc.Space() }) end
    out:extend(citation.prefix)
    if #citation.prefix > 0 then out:insert(pandoc.Space()) end
    out:insert(reference(citation))
    out:extend(citation.suffix)
  end
  return out
end

-- Third pass: callouts and tabsets -------------------------------------------------------------------------------

local CALLOUTS = { note = "Note", tip = "Tip", warning = "Warning", caution = "Caution", important = "Important" }

local function callout_kind(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match("^callout%-(%l+)$")
    if CALLOUTS[kind] then return kind end
  end
end

local function callout_title(div, kind)
  local first = div.content[1]
  if first and first.t == "Header" then return div.content:remove(1).content, true end
  local given = div.attributes.title
  if given then return pandoc.utils.blocks_to_inlines(pandoc.read(given, "markdown").blocks), true end
  return pandoc.Inlines({ pandoc.Str(CALLOUTS[kind]) }), false
end

local function callout(div, kind)
  local title = callout_title(div, kind)
  local out = pandoc.Blocks({})
  if is_typst then
    out:extend({ raw("#callout(" .. typst_string(kind) .. ", ["), pandoc.Plain(title), raw("], [") })
    out:extend(div.content)
    out:insert(raw("])"))
    return out
  end
  if is_docx then
    return pandoc.Blocks({
      in_style("Callout Title", { pandoc.Para(title) }),
      in_style("Callout Body", div.content),
    })
  end
  local fold = div.attributes.collapse
  local tag, head = fold and "details" or "div", fold and "summary" or "p"
  local role = fold and "" or ' role="note"'
  local open = fold == "false" and " open" or ""
  out:extend({
    raw('<' .. tag .. ' class="callout callout-' .. kind .. '"' .. role .. open .. '><' .. head .. ' class="callout-title">'),
    pandoc.Plain(title),
    raw("</" .. head .. '><div class="callout-body">'),
  })
  out:extend(div.content)
  out:insert(raw("</div></" .. tag .. ">"))
  return out
end

local function tabs_of(div)
  local tabs, level = {}, nil
  for _, block in ipairs(div.content) do
    if block.t == "Header" and (not level or block.level == level) then
      level = block.level
      tabs[#tabs + 1] = { title = block.content, blocks = pandoc.Blocks({}) }
    elseif #tabs > 0 then
      tabs[#tabs].blocks:insert(block)
    end
  end
  return tabs
end

local function tabset(div)
  tabsets = tabsets + 1
  local out = pandoc.Blocks(is_html and { raw('<div class="tabset" role="group">') } or {})
  for i, tab in ipairs(tabs_of(div)) do
    local id = "tab-" .. tabsets .. "-" .. i
    if is_html then
      local checked = i == 1 and " checked" or ""
      out:extend({
        raw('<input type="radio" name="tabs-' .. tabsets .. '" id="' .. id .. '"' .. checked .. '><label for="' .. id .. '">'),
        pandoc.Plain(tab.title),
        raw('</label><div class="tab">'),
      })
    elseif is_docx then
      out:insert(pandoc.Para({ pandoc.Strong(tab.title) }))
    else
      out:extend({ raw("#tab["), pandoc.Plain(tab.title), raw("]") })
    end
    out:extend(tab.blocks)
    if is_html then out:insert(raw("</div>")) end
  end
  if is_html then out:insert(raw("</div>")) end
  return out
end

local function boxes(div)
  local kind = callout_kind(div)
  if kind then return callout(div, kind) end
  if div.classes:includes("panel-tabset") then return tabset(div) end
  if is_typst and div.classes:includes("manifest") then
    local out = pandoc.Blocks({ raw("#manifest[") })
    out:extend(div.content)
    out:insert(raw("]"))
    return out
  end
end

-- Right-to-left text: each run stands for itself, so that a number or bracket after it keeps its place ----------------

local function is_rtl(code)
  return (code >= 0x590 and code <= 0x8FF) or (code >= 0xFB1D and code <= 0xFDFF) or (code >= 0xFE70 and code <= 0xFEFC)
end

-- The bytes of the first and the last right-to-left letter of a word.
local function rtl_span(word)
  local first, last
  for at, code in utf8.codes(word) do
    if is_rtl(code) then
      first = first or at
      last = at + #utf8.char(code) - 1
    end
  end
  return first, last
end

local function isolated(text)
  local word = pandoc.Str(text)
  if is_typst then return pandoc.Inlines({ pandoc.RawInline("typst", "#box(text(dir: rtl)["), word, pandoc.RawInline("typst", "])") }) end
  local span = pandoc.Span({ word }, { dir = "rtl" })
  -- Word knows no isolated spans: a left-to-right mark ends the run.
  return pandoc.Inlines(is_docx and { span, pandoc.Str("\u{200e}") } or { span })
end

local function runs(inlines)
  local out, run, after = pandoc.Inlines({}), nil, nil
  local function close()
    if not run then return end
    out:extend(isolated(run))
    if after then out:insert(after) end
    run, after = nil, nil
  end
  for _, inline in ipairs(inlines) do
    local first, last
    if inline.t == "Str" then first, last = rtl_span(inline.text) end
    if run and inline.t == "Space" and not after then
      after = inline
    elseif not first then
      close()
      out:insert(inline)
    else
      if run and after and first == 1 then
        run, after = run .. " " .. inline.text:sub(first, last), nil
      else
        close()
        if first > 1 then out:insert(pandoc.Str(inline.text:sub(1, first - 1))) end
        run = inline.text:sub(first, last)
      end
      if last < #inline.text then
        close()
        out:insert(pandoc.Str(inline.text:sub(last + 1)))
      end
    end
  end
  close()
  return out
end

-- Headings inside tabsets and callouts are titles of boxes: they are neither numbered nor in the contents.
local function box_titles(div)
  if not (div.classes:includes("panel-tabset") or callout_kind(div)) then return end
  return div:walk({
    Header = function(h)
      h.classes:insert("unnumbered")
      h.classes:insert("unlisted")
      return h
    end,
  })
end

function Pandoc(doc)
  numbered = doc.meta["number-sections"] == true
  doc = doc:walk({ Div = box_titles })
  doc = doc:walk({
    traverse = "topdown",
    Header = header,
    Div = div_float,
    Figure = figure,
    Table = markdown_table,
    Para = equation,
    RawBlock = raw_html_table,
  })
  return doc:walk({ Cite = cite }):walk({ Inlines = runs }):walk({ Image = image }):walk({ Div = boxes })
end
