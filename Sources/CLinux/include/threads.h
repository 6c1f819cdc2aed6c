// Thread calls that Swift cannot see.
#pragma once

// Names the calling thread, at most 15 bytes, as `top -H` shows it.
void clinux_name_thread(const char *name);
