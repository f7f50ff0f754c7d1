# Writes a header with a digest of the sources that decide what is found: the same sources
# judge alike.  cmake -DFILES="a;b" -DOUT=header -P rules.cmake
set(all "")
foreach(file IN LISTS FILES)
    file(SHA256 ${file} sum)
    string(APPEND all ${sum})
endforeach()
string(SHA256 sum "${all}")
file(CONFIGURE OUTPUT ${OUT} CONTENT
    "/* Made by rules.cmake. */\n#define XD_RULES_SOURCES \"${sum}\"\n")
